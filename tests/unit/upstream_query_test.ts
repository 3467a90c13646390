import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { toUpstreamUrl } from "../../functions/mcp/forward/query.ts";

const CALLED = "https://auth.example.com/functions/v1/mcp/demo";

const FORWARDED: [configured: string, query: string, called: string][] = [
  // envoyproxy/ai-gateway#1731: a server that is told its project by the query.
  ["https://mcp.example.com/mcp", "?project_ref=abc", "https://mcp.example.com/mcp?project_ref=abc"],
  ["https://mcp.example.com/mcp", "", "https://mcp.example.com/mcp"],
  ["https://mcp.example.com/mcp", "?", "https://mcp.example.com/mcp"],
  ["https://mcp.example.com/mcp", "?&&", "https://mcp.example.com/mcp"],
  ["https://mcp.example.com/mcp?tenant=1", "", "https://mcp.example.com/mcp?tenant=1"],
  ["https://mcp.example.com/mcp?tenant=1", "?a=2&b", "https://mcp.example.com/mcp?tenant=1&a=2&b"],
  ["https://mcp.example.com/mcp?tenant=1", "?tenant=2", "https://mcp.example.com/mcp?tenant=1"],
  [
    "https://mcp.example.com/mcp?tenant=1",
    "?a=1&tenant=2&a=2",
    "https://mcp.example.com/mcp?tenant=1&a=1&a=2",
  ],
  ["https://mcp.example.com", "?a=%20+/?&b==", "https://mcp.example.com?a=%20+/?&b=="],
  [
    "https://mcp.example.com/mcp?tenant=1",
    "?a=1;tenant=2",
    "https://mcp.example.com/mcp?tenant=1&a=1%3Btenant=2",
  ],
  ["https://mcp.example.com/mcp", "?access_token=secret&a=1", "https://mcp.example.com/mcp?a=1"],
  [
    "https://mcp.example.com/mcp",
    "?url=https://x.example/%3Fa=b%26c",
    "https://mcp.example.com/mcp?url=https://x.example/%3Fa=b%26c",
  ],
];
for (const [configured, query, called] of FORWARDED) {
  Deno.test(`a call with ${JSON.stringify(query)} before ${configured} goes to ${called}`, () => {
    assertEquals(toUpstreamUrl(configured, CALLED + query), called);
  });
}

/** What some server reads as the name project_ref. */
const SPELLINGS = [
  "project_ref",
  "Project_Ref",
  "project%5fref",
  "%70roject_ref",
  "project.ref",
  "project+ref",
  "project-ref",
  "project[ref",
  "+project_ref",
  "%20project_ref",
  "project_ref[]",
  "project_ref%5B0%5D",
  "project_ref%00",
  "project_ref%00x",
];
for (const name of SPELLINGS) {
  Deno.test(`a caller's ${name} does not stand beside the configured project_ref`, () => {
    const configured = "https://mcp.example.com/mcp?project_ref=mine";

    assertEquals(toUpstreamUrl(configured, `${CALLED}?${name}=theirs&a=1`), `${configured}&a=1`);
    assertEquals(toUpstreamUrl(configured, `${CALLED}?${name}&a=1`), `${configured}&a=1`);
  });
}

Deno.test("whatever a caller asks, the configured URL is called, and its parameters are as they were", () => {
  const configured = "https://mcp.example.com/mcp?tenant=1&read_only=true";
  const part = fc.constantFrom(
    "tenant",
    "read_only",
    "a",
    "=",
    "&",
    "?",
    ";",
    "#",
    "/",
    "..",
    "%",
    "%00",
    "[",
    "@",
    "é",
  );
  fc.assert(fc.property(fc.array(part).map((parts) => parts.join("")), (query) => {
    const called = new URL(toUpstreamUrl(configured, `${CALLED}?${query}`));

    assertEquals(`${called.origin}${called.pathname}`, "https://mcp.example.com/mcp");
    assertEquals([called.searchParams.getAll("tenant"), called.searchParams.getAll("read_only")], [["1"], [
      "true",
    ]]);
    assertEquals(called.search.startsWith("?tenant=1&read_only=true"), true);
  }));
});
