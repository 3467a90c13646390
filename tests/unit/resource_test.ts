import { assertEquals, assertThrows } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { checkResources, normalizeResource } from "../../functions/_shared/tokens/resource.ts";

const RESOURCE = "https://auth.example.com/mcp/demo";

const SAME = [
  [],
  [RESOURCE],
  [`${RESOURCE}/`],
  ["HTTPS://AUTH.example.com/mcp/demo"],
  ["https://auth.example.com:443/mcp/demo"],
  [RESOURCE, `${RESOURCE}/`],
];
for (const asked of SAME) {
  Deno.test(`${JSON.stringify(asked)} is the resource`, () => checkResources(asked, RESOURCE));
}

const OTHER = [
  ["https://auth.example.com/mcp/other"],
  ["https://auth.example.com/mcp/Demo"],
  ["https://auth.example.com/mcp/demo//"],
  ["https://auth.example.com/mcp/demo?a=1"],
  ["https://auth.example.com/mcp/demo#a"],
  ["https://auth.example.com/mcp"],
  ["https://auth.example.com:8443/mcp/demo"],
  ["http://auth.example.com/mcp/demo"],
  ["https://evil.example/mcp/demo"],
  ["demo"],
  [RESOURCE, "https://evil.example/"],
];
for (const asked of OTHER) {
  Deno.test(`${JSON.stringify(asked)} is not the resource`, () => {
    const error = assertThrows(() => checkResources(asked, RESOURCE), OAuthError);

    assertEquals([error.code, error.reason], ["invalid_target", "wrong_resource"]);
  });
}

const NORMALIZED: [resource: string, normalized: string][] = [
  ["HTTPS://X.Example:443/A/", "https://x.example/A"],
  ["https://x.example", "https://x.example"],
  ["https://x.example/?q=1", "https://x.example?q=1"],
  ["https://x.example/a#b", "https://x.example/a#b"],
  ["not a url", "not a url"],
];
for (const [resource, normalized] of NORMALIZED) {
  Deno.test(`${resource} is compared as ${normalized}`, () =>
    assertEquals(normalizeResource(resource), normalized));
}
