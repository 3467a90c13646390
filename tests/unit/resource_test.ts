import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { checkResources, normalizeResource } from "../../functions/_shared/tokens/resource.ts";

const RESOURCE = "https://auth.example.com/mcp/demo";

const SAME = [
  [],
  [RESOURCE],
  [`${RESOURCE}/`],
  ["HTTPS://AUTH.example.com/mcp/demo"],
  ["https://auth.example.com:443/mcp/demo"],
  // getsentry/sentry-for-ai#334: the query by which a plugin tells where it was installed from.
  [`${RESOURCE}?utm_source=plugin`],
  [`${RESOURCE}/?project_ref=abc`],
  [`${RESOURCE}?`],
  [RESOURCE, `${RESOURCE}/`, `${RESOURCE}?a=1`],
];
for (const asked of SAME) {
  Deno.test(`${JSON.stringify(asked)} is the resource`, () => checkResources(asked, RESOURCE));
}

const OTHER = [
  ["https://auth.example.com/mcp/other"],
  ["https://auth.example.com/mcp/other?/mcp/demo"],
  ["https://auth.example.com/mcp/Demo"],
  ["https://auth.example.com/mcp/demo//"],
  ["https://auth.example.com/mcp/demo/more"],
  ["https://auth.example.com/mcp/demo#a"],
  ["https://auth.example.com/mcp"],
  ["https://auth.example.com:8443/mcp/demo"],
  ["http://auth.example.com/mcp/demo"],
  ["https://auth.example.com@evil.example/mcp/demo"],
  ["https://user@auth.example.com/mcp/demo"],
  ["https://:word@auth.example.com/mcp/demo"],
  ["https://evil.example/mcp/demo"],
  ["https://evil.example/?https://auth.example.com/mcp/demo"],
  ["demo"],
  [""],
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
  ["http://127.0.0.1:80/a", "http://127.0.0.1/a"],
  ["https://x.example", "https://x.example"],
  ["https://x.example/?q=1", "https://x.example"],
  ["https://x.example/a#b", "https://x.example/a#b"],
  ["not a url", "not a url"],
];
for (const [resource, normalized] of NORMALIZED) {
  Deno.test(`${resource} is compared as ${normalized}`, () =>
    assertEquals(normalizeResource(resource), normalized));
}

/** A resource by its parts, and one way to spell it. */
interface Parts {
  scheme: "http" | "https";
  host: string;
  port: string;
  segments: string[];
}

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
const parts: fc.Arbitrary<Parts> = fc.record({
  scheme: fc.constantFrom("http", "https"),
  host: fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join(".")),
  port: fc.constantFrom("", ":8080", ":54321"),
  segments: fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/), { maxLength: 4 }),
});
const spelling = fc.record({
  upperCase: fc.boolean(),
  defaultPort: fc.boolean(),
  slash: fc.boolean(),
  query: fc.option(fc.webQueryParameters()),
});

function spell(
  { scheme, host, port, segments }: Parts,
  { upperCase, defaultPort, slash, query }: typeof spelling extends fc.Arbitrary<infer Spelling> ? Spelling
    : never,
): string {
  const written = port !== "" || !defaultPort ? port : scheme === "https" ? ":443" : ":80";
  const origin = `${scheme}://${host}${written}`;
  const path = segments.map((segment) => `/${segment}`).join("");
  return `${upperCase ? origin.toUpperCase() : origin}${path}${slash ? "/" : ""}${
    query === null ? "" : `?${query}`
  }`;
}

/** Each makes another resource of one. */
const CHANGES: ((parts: Parts) => Parts)[] = [
  (it) => ({ ...it, scheme: it.scheme === "https" ? "http" : "https" }),
  (it) => ({ ...it, host: `x.${it.host}` }),
  (it) => ({ ...it, host: `${it.host}.example` }),
  (it) => ({ ...it, port: it.port === ":8081" ? "" : ":8081" }),
  (it) => ({ ...it, segments: [...it.segments, "more"] }),
  (it) => ({ ...it, segments: [...it.segments, "", ""] }),
  (it) => ({ ...it, segments: ["", ...it.segments, "a"] }),
  (it) => ({ ...it, segments: it.segments.length > 0 ? it.segments.slice(1) : ["a"] }),
  (it) => ({ ...it, segments: [...it.segments.slice(0, -1), `${it.segments.at(-1) ?? ""}%20`] }),
  (it) => ({ ...it, host: `user@${it.host}` }),
];

Deno.test("every spelling of a resource is that resource", () => {
  fc.assert(fc.property(parts, spelling, spelling, (resource, one, other) => {
    assertEquals(normalizeResource(spell(resource, one)), normalizeResource(spell(resource, other)));
    checkResources([spell(resource, one)], spell(resource, other));
  }));
});

Deno.test("no spelling of another resource is that resource", () => {
  fc.assert(
    fc.property(
      parts,
      spelling,
      spelling,
      fc.constantFrom(...CHANGES),
      (resource, one, other, change) => {
        const another = spell(change(resource), other);

        const error = assertThrows(() => checkResources([another], spell(resource, one)), OAuthError);

        assertEquals(error.code, "invalid_target");
      },
    ),
  );
});
