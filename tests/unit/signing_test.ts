import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  base64url,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from "jose";
import { OAuthError } from "../../functions/_shared/errors.ts";
import {
  issueAccessToken,
  issueToken,
  verifyAccessToken,
  verifyIssuedToken,
} from "../../functions/_shared/tokens/signing.ts";
import { parseSigningKeys } from "../../functions/_shared/tokens/signing_keys.ts";
import { makeSigningKeySet } from "../support/functions/keys.ts";

const keySet = await makeSigningKeySet("one", "two");
const keys = await parseSigningKeys(keySet);
const turned = await parseSigningKeys(JSON.stringify({ keys: JSON.parse(keySet).keys.reverse() }));
const others = await parseSigningKeys(await makeSigningKeySet("one"));

const EXPECTED = {
  issuer: "https://auth.example.com/oauth/demo",
  audience: "https://auth.example.com/mcp/demo",
};
const CLAIMS = {
  ...EXPECTED,
  subject: "mcpu_abcdefghijkl",
  clientId: "client-1",
  scope: "openid email",
  familyId: "family-1",
};

/** The payload of a valid access token. */
function payload(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: CLAIMS.issuer,
    aud: CLAIMS.audience,
    sub: CLAIMS.subject,
    client_id: CLAIMS.clientId,
    scope: CLAIMS.scope,
    sid: CLAIMS.familyId,
    jti: "token-1",
    iat: now,
    exp: now + 60,
    ...changes,
  };
}

/** A token that is signed with the right key, whatever it says. */
async function sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
  return await new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "one", typ: "at+jwt", ...header })
    .sign(
      keys.privateKey,
    );
}

Deno.test("an access token is a JWT of RFC 9068", async () => {
  const before = Math.floor(Date.now() / 1000);

  const token = await issueAccessToken(CLAIMS, 900, keys);

  const { iat, exp, jti, ...claims } = decodeJwt(token);
  assertEquals(decodeProtectedHeader(token), { alg: "ES256", kid: "one", typ: "at+jwt" });
  assertEquals(claims, {
    iss: CLAIMS.issuer,
    aud: CLAIMS.audience,
    sub: CLAIMS.subject,
    client_id: "client-1",
    scope: "openid email",
    sid: "family-1",
  });
  assertEquals([exp! - iat!, iat! - before <= 1], [900, true]);
  assertMatch(jti!, /^[0-9a-f-]{36}$/);
});

Deno.test("what was issued verifies", async () => {
  const token = await issueAccessToken(CLAIMS, 900, keys);

  const { expiresAt, issuedAt, tokenId, ...verified } = await verifyAccessToken(token, EXPECTED, keys);

  assertEquals(verified, CLAIMS);
  assertEquals([expiresAt - issuedAt, tokenId], [900, decodeJwt(token).jti!]);
});

Deno.test("a token verifies after the keys changed their order, for as long as its key is there", async () => {
  const token = await issueAccessToken(CLAIMS, 900, keys);

  const verified = await verifyAccessToken(token, EXPECTED, turned);

  assertEquals([verified.subject, turned.kid], [CLAIMS.subject, "two"]);
});

const second = 1 / 1000;
const REFUSED: [what: string, token: () => Promise<string>, reason: string][] = [
  ["another issuer", () => sign(payload({ iss: "https://evil.example" })), "access_token_invalid"],
  [
    "another audience",
    () => sign(payload({ aud: "https://auth.example.com/mcp/other" })),
    "access_token_of_other_resource",
  ],
  [
    "several audiences",
    () => sign(payload({ aud: [CLAIMS.audience, "https://x.example"] })),
    "access_token_invalid",
  ],
  ["no audience", () => sign(payload({ aud: undefined })), "access_token_invalid"],
  [
    "a time that is over",
    () => sign(payload({ exp: Math.floor(Date.now() * second) - 1 })),
    "access_token_expired",
  ],
  ["no end", () => sign(payload({ exp: undefined })), "access_token_invalid"],
  [
    "a start in the future",
    () => sign(payload({ nbf: Math.floor(Date.now() * second) + 60 })),
    "access_token_invalid",
  ],
  ["no family", () => sign(payload({ sid: undefined })), "access_token_invalid"],
  ["no client", () => sign(payload({ client_id: undefined })), "access_token_invalid"],
  ["a scope of another type", () => sign(payload({ scope: ["openid"] })), "access_token_invalid"],
  ["the type of an id_token", () => sign(payload(), { typ: "JWT" }), "access_token_invalid"],
  ["no type", () => sign(payload(), { typ: undefined }), "access_token_invalid"],
  ["a key nobody knows", () => sign(payload(), { kid: "three" }), "access_token_invalid"],
  ["another key of the same id", () => issueAccessToken(CLAIMS, 900, others), "access_token_invalid"],
  [
    "the type of a gateway identity",
    () => issueToken(payload(), "gatepost-user+jwt", 60, keys),
    "access_token_invalid",
  ],
  [
    "alg none",
    () => {
      const header = base64url.encode(JSON.stringify({ alg: "none", typ: "at+jwt" }));
      return Promise.resolve(`${header}.${base64url.encode(JSON.stringify(payload()))}.`);
    },
    "access_token_invalid",
  ],
  [
    "HS256 with the public key",
    async () => {
      const secret = new TextEncoder().encode(JSON.stringify(keys.publicKeys.keys[0]));
      return await new SignJWT(payload()).setProtectedHeader({ alg: "HS256", kid: "one", typ: "at+jwt" })
        .sign(secret);
    },
    "access_token_invalid",
  ],
  [
    "no signature",
    async () => (await sign(payload())).replace(/\.[^.]+$/, "."),
    "access_token_invalid",
  ],
  [
    "an altered payload",
    async () => {
      const [header, , signature] = (await sign(payload())).split(".");
      return `${header}.${base64url.encode(JSON.stringify(payload({ sub: "mcpu_other" })))}.${signature}`;
    },
    "access_token_invalid",
  ],
  ["no form at all", () => Promise.resolve("opaque"), "access_token_invalid"],
];
for (const [what, makeToken, reason] of REFUSED) {
  Deno.test(`an access token is refused that has ${what}`, async () => {
    const token = await makeToken();

    const error = await assertRejects(() => verifyAccessToken(token, EXPECTED, keys), OAuthError);

    assertEquals(
      [error.code, error.message, error.reason],
      ["invalid_token", "Cannot accept access token: it is expired or not valid here", reason],
    );
  });
}

Deno.test("a platform user's token is no access token", async () => {
  const { privateKey } = await generateKeyPair("ES256");
  const token = await new SignJWT({ role: "authenticated", aud: "authenticated" })
    .setProtectedHeader({ alg: "ES256", typ: "JWT" }).setIssuedAt().setExpirationTime("1 hour").sign(
      privateKey,
    );

  await assertRejects(() => verifyAccessToken(token, EXPECTED, keys), OAuthError);
});

Deno.test("an issued token is known for whatever resource, of its own issuer alone", async () => {
  const token = await issueAccessToken({ ...CLAIMS, audience: "https://other.example/mcp" }, 900, keys);

  const verified = await verifyIssuedToken(token, CLAIMS.issuer, keys);

  assertEquals(verified.audience, "https://other.example/mcp");
  await assertRejects(() => verifyIssuedToken(token, "https://evil.example", keys), OAuthError);
});

Deno.test("what is published of the keys is their public half, with use and algorithm", () => {
  const published: unknown[] = keys.publicKeys.keys.map(({ x, y, ...key }) => [typeof x, typeof y, key]);

  const expected: unknown[] = ["one", "two"]
    .map((kid) => ["string", "string", { kty: "EC", crv: "P-256", kid, alg: "ES256", use: "sig" }]);
  assertEquals(published, expected);
});

Deno.test("another project's public key is published, and what it signed is not accepted here", async () => {
  const beside = await makeSigningKeySet("other");
  const other = await parseSigningKeys(beside);
  const joined = await parseSigningKeys(
    JSON.stringify({ keys: [...JSON.parse(keySet).keys, ...other.publicKeys.keys] }),
  );
  const foreign = await issueAccessToken(CLAIMS, 900, other);

  const own = await verifyAccessToken(await issueAccessToken(CLAIMS, 900, turned), EXPECTED, joined);
  const published = await jwtVerify(foreign, createLocalJWKSet(joined.publicKeys));

  assertEquals([joined.kid, own.subject], ["one", CLAIMS.subject]);
  assertEquals(joined.publicKeys.keys.map(({ kid }) => kid), ["one", "two", "other"]);
  assertEquals(joined.publicKeys.keys.filter((key) => "d" in key), []);
  assertEquals(published.payload.sub, CLAIMS.subject);
  const error = await assertRejects(() => verifyAccessToken(foreign, EXPECTED, joined), OAuthError);
  assertEquals([error.code, error.reason], ["invalid_token", "access_token_invalid"]);
  await assertRejects(() => verifyIssuedToken(foreign, CLAIMS.issuer, joined), OAuthError);
});

const { keys: [jwk, nextJwk] } = JSON.parse(keySet);
const { privateKey: rsa } = await generateKeyPair("RS256", { extractable: true });
const MALFORMED: [what: string, json: string][] = [
  ["no JSON", "secret"],
  ["no JWKS", "[]"],
  ["an empty set", '{"keys":[]}'],
  ["a public key", JSON.stringify({ keys: [{ ...jwk, d: undefined }] })],
  ["a key without an id", JSON.stringify({ keys: [{ ...jwk, kid: undefined }] })],
  ["a key of another curve", JSON.stringify({ keys: [{ ...jwk, crv: "P-384" }] })],
  ["an RSA key", JSON.stringify({ keys: [{ ...await exportJWK(rsa), kid: "rsa" }] })],
  [
    "a key of another curve beside a good one",
    JSON.stringify({ keys: [jwk, { ...jwk, kid: "2", crv: "P-384" }] }),
  ],
  ["a public key first", JSON.stringify({ keys: [{ ...nextJwk, d: undefined }, jwk] })],
  ["a public key that is broken", JSON.stringify({ keys: [jwk, { ...nextJwk, d: undefined, x: "AAAA" }] })],
  ["a public key with the id of a private one", JSON.stringify({ keys: [jwk, { ...jwk, d: undefined }] })],
  ["a key whose private half is no text", JSON.stringify({ keys: [jwk, { ...nextJwk, d: null }] })],
  ["a key that is broken", JSON.stringify({ keys: [{ ...jwk, d: "AAAA" }] })],
  ["two keys of one id", JSON.stringify({ keys: [jwk, jwk] })],
];
for (const [what, json] of MALFORMED) {
  Deno.test(`signing keys are refused: ${what}`, async () => {
    const error = await assertRejects(() => parseSigningKeys(json), Error);

    assertEquals(
      error.message,
      "Cannot start: GATEPOST_SIGNING_KEYS is not a JWKS of P-256 keys whose first is private; " +
        "run `deno task keys` for one",
    );
  });
}
