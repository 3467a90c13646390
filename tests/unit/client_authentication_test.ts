import { assertEquals } from "@std/assert";
import { configSecretOf, sealSecret } from "../../functions/_shared/secrets/encryption.ts";
import { buildClientAuthentication } from "../../functions/_shared/upstream/client_authentication.ts";
import { buildConfig } from "../support/database/records.ts";
import { buildDependencies, encryptionKeys } from "../support/functions/dependencies.ts";

/** The two halves of the header, as they travel. */
async function authenticate(clientId: string, secret: string): Promise<[id: string, secret: string]> {
  const config = buildConfig({
    client_id: clientId,
    client_secret_ciphertext: await sealSecret(
      secret,
      configSecretOf({ id: "coac_1", organization_id: "org_1" }),
      encryptionKeys,
    ),
    token_endpoint_auth_method: "client_secret_basic",
  });
  const authentication = await buildClientAuthentication(config, buildDependencies());
  const headers = new Headers();
  await authentication(
    { issuer: "https://login.example.com" },
    { client_id: clientId },
    new URLSearchParams(),
    headers,
  );
  const [scheme, credentials] = headers.get("Authorization")!.split(" ");
  assertEquals(scheme, "Basic");
  const text = atob(credentials!);
  const colon = text.indexOf(":");
  return [text.slice(0, colon), text.slice(colon + 1)];
}

/** How providers decode: as RFC 6749 appendix B says, as `decodeURIComponent`, as a form parser, and not at all. */
const DECODERS: [what: string, decode: (half: string) => string][] = [
  ["decodes a form", (half) => decodeURIComponent(half.replaceAll("+", " "))],
  ["decodes per cent", decodeURIComponent],
  ["parses a form", (half) => new URLSearchParams(`value=${half}`).get("value")!],
];

// panva/oauth4webapi#148 and #199: providers that take id and secret as they are, among them glewlwyd 2.7.5.
const PLAIN = [
  "a-b_c.d~e",
  "0jQKm_heHj4Ba7-IPXk1bZ",
  "a*b!c'd(e)f",
  "a/b=c?d@e#f$g;h,i",
  "a:b",
  '"<>[]{}|^`\\',
];
for (const secret of PLAIN) {
  Deno.test(`a provider that does not decode reads the secret ${secret}`, async () => {
    assertEquals(await authenticate("client-1", secret), ["client-1", secret]);
  });
}

Deno.test("a provider that does not decode reads an id with a dash, a dot and an underscore", async () => {
  assertEquals(await authenticate("my-app_1.example~x", "secret"), ["my-app_1.example~x", "secret"]);
});

const CREDENTIALS: [id: string, secret: string][] = [
  ...PLAIN.map((secret): [string, string] => ["my-app_1.example~x", secret]),
  ["id:with:colons", "secret:with:colons"],
  ["a+b", "a+b/c=="],
  ["100%", "50%25"],
  ["a&b", "x=1&y=2"],
  ["with blanks", "  and more "],
  ["näme", "пароль🚪"],
];
for (const [id, secret] of CREDENTIALS) {
  for (const [what, decode] of DECODERS) {
    Deno.test(`a provider that ${what} reads ${id} and ${secret}`, async () => {
      assertEquals((await authenticate(id, secret)).map(decode), [id, secret]);
    });
  }
}
