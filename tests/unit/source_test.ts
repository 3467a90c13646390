import { assertEquals, assertNotEquals } from "@std/assert";
import { buildFindSource, findAddressGroup } from "../../functions/_shared/http/source.ts";
import { parseEncryptionKeys } from "../../functions/_shared/secrets/encryption.ts";
import { encryptionKeys } from "../support/functions/dependencies.ts";
import { makeEncryptionKeySet } from "../support/functions/keys.ts";

function request(headers: Record<string, string>): Request {
  return new Request("https://auth.example.com/oauth-register/demo", { method: "POST", headers });
}

const GROUPS: [what: string, value: string, group: string | undefined][] = [
  ["an address of version 4 is one of its /24", "203.0.113.77", "203.0.113/24"],
  ["an address of version 6 is one of its /56", "2001:db8:1:23ff::9", "32.1.13.184.0.1.35/56"],
  ["a mapped address is one of version 4", "::ffff:203.0.113.9", "203.0.113/24"],
  ["of a list the last counts", "198.51.100.1, 203.0.113.77", "203.0.113/24"],
  ["spaces do not count", " 203.0.113.77 ", "203.0.113/24"],
  ["a number is no address", "3405803853", undefined],
  ["a short form is no address", "127.1", undefined],
  ["a name is no address", "example.com", undefined],
  ["an address with a port is none", "203.0.113.77:4321", undefined],
  ["nothing is no address", "", undefined],
];
for (const [what, value, group] of GROUPS) {
  Deno.test(`${what}: ${JSON.stringify(value)}`, () => {
    assertEquals(findAddressGroup(value), group);
  });
}

Deno.test("no header is read unless the deployment names one", async () => {
  const findSource = buildFindSource(undefined, encryptionKeys);

  assertEquals(
    await findSource(request({ "X-Forwarded-For": "203.0.113.77", "X-Real-IP": "203.0.113.77" })),
    null,
  );
});

Deno.test("neighbours are one source, strangers another, and no source has the address in it", async () => {
  const findSource = buildFindSource("X-Real-IP", encryptionKeys);
  const sources = await Promise.all(
    ["203.0.113.77", "203.0.113.1", "203.0.114.77"].map((ip) => findSource(request({ "X-Real-IP": ip }))),
  );

  assertEquals(sources[0], sources[1]);
  assertNotEquals(sources[0], sources[2]);
  assertEquals(/^[A-Za-z0-9_-]{43}$/.test(String(sources[0])), true);
});

Deno.test("another key makes another source, so that nobody finds addresses by trying all", async () => {
  const other = parseEncryptionKeys(makeEncryptionKeySet("encryption-2"));
  const headers = { "X-Real-IP": "203.0.113.77" };

  assertNotEquals(
    await buildFindSource("X-Real-IP", encryptionKeys)(request(headers)),
    await buildFindSource("X-Real-IP", other)(request(headers)),
  );
});

Deno.test("a caller without the header is of an unknown source", async () => {
  assertEquals(await buildFindSource("X-Real-IP", encryptionKeys)(request({})), null);
});
