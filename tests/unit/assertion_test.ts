import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { base64url, exportJWK, generateKeyPair, SignJWT } from "jose";
import { isSignedByOneOf, parseAssertion } from "../../functions/_shared/client/assertion.ts";
import { ASSERTION_ALGORITHMS } from "../../functions/_shared/client/auth_method.ts";
import type { PublicKey } from "../../functions/_shared/client/key_set.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";

const CLIENT_ID = "https://app.example.com/oauth/client.json";
const ISSUER = "https://auth.example.com/oauth/demo";
const TOKEN_ENDPOINT = "https://auth.example.com/oauth-token/demo";
const AUDIENCES = [ISSUER, TOKEN_ENDPOINT];
const NOW = Date.parse("2026-11-26T09:00:00Z");
const SECONDS = NOW / 1000;

interface Key {
  privateKey: CryptoKey;
  publicKey: PublicKey;
}

async function makeKey(algorithm: string, kid?: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { privateKey, publicKey: { ...(await exportJWK(publicKey) as PublicKey), ...(kid && { kid }) } };
}

const key = await makeKey("ES256", "1");

async function sign(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  privateKey = key.privateKey,
): Promise<string> {
  const payload = { iss: CLIENT_ID, sub: CLIENT_ID, aud: ISSUER, exp: SECONDS + 60, jti: "id-1", ...claims };
  return await new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid: "1", ...header }).sign(
    privateKey,
  );
}

Deno.test("an assertion says who its client is, by which key, and until when it must be remembered", async () => {
  const token = await sign();

  assertEquals(parseAssertion(token, AUDIENCES, NOW), {
    token,
    clientId: CLIENT_ID,
    tokenId: "id-1",
    forgottenAt: NOW + 120_000,
    algorithm: "ES256",
    keyId: "1",
  });
});

const ACCEPTED: [what: string, claims: Record<string, unknown>, header?: Record<string, unknown>][] = [
  ["addressed to the token endpoint", { aud: TOKEN_ENDPOINT }],
  ["addressed to issuer and token endpoint, as openid-client 4 and 5 do", { aud: [ISSUER, TOKEN_ENDPOINT] }],
  ["that lives for an hour, as Authlib's do", { iat: SECONDS, exp: SECONDS + 3600 }],
  ["of a clock that is 50 s ahead", { iat: SECONDS + 50, nbf: SECONDS + 50, exp: SECONDS + 110 }],
  ["of a clock that is 50 s behind", { iat: SECONDS - 110, exp: SECONDS - 50 }],
  ["without a key id", {}, { kid: undefined }],
  ["typed JWT", {}, { typ: "JWT" }],
  ["typed as rfc7523bis wants it", {}, { typ: "client-authentication+jwt" }],
  ["with a claim that nobody knows", { scope: "openid" }],
];
for (const [what, claims, header] of ACCEPTED) {
  Deno.test(`an assertion is read ${what}`, async () => {
    assertEquals(parseAssertion(await sign(claims, header), AUDIENCES, NOW).clientId, CLIENT_ID);
  });
}

const REFUSED: [
  what: string,
  reason: string,
  claims: Record<string, unknown>,
  header?: Record<string, unknown>,
][] = [
  ["of another issuer", "assertion_subject_wrong", { iss: "https://other.example/client.json" }],
  ["about another client", "assertion_subject_wrong", { sub: "https://other.example/client.json" }],
  ["without an issuer", "assertion_subject_wrong", { iss: undefined }],
  ["without a subject", "assertion_subject_wrong", { sub: undefined }],
  ["about nobody", "assertion_subject_wrong", { iss: "", sub: "" }],
  ["about a client id that holds a NUL", "assertion_subject_wrong", { iss: "a\0", sub: "a\0" }],
  ["about half a character", "assertion_subject_wrong", { iss: "\ud800", sub: "\ud800" }],
  ["with a list for a subject", "assertion_subject_wrong", { iss: [CLIENT_ID], sub: [CLIENT_ID] }],
  ["without an audience", "assertion_audience_wrong", { aud: undefined }],
  ["with an empty audience", "assertion_audience_wrong", { aud: [] }],
  ["for another server", "assertion_audience_wrong", { aud: "https://auth.example.com/oauth/other" }],
  ["for us and for another", "assertion_audience_wrong", { aud: [ISSUER, "https://evil.example"] }],
  ["for our origin", "assertion_audience_wrong", { aud: "https://auth.example.com" }],
  ["without an end", "assertion_expired", { exp: undefined }],
  ["with a text for an end", "assertion_expired", { exp: `${SECONDS + 60}` }],
  ["that has expired", "assertion_expired", { exp: SECONDS - 60 }],
  ["that lives for two hours", "assertion_lives_too_long", { exp: SECONDS + 7200 }],
  ["that lives for ever", "assertion_lives_too_long", { exp: 99999999999 }],
  ["that was made a day ago", "assertion_lives_too_long", { iat: SECONDS - 86400 }],
  ["that begins later", "assertion_early", { nbf: SECONDS + 120 }],
  ["that will be made later", "assertion_early", { iat: SECONDS + 120 }],
  ["that begins at a text", "assertion_early", { nbf: "now" }],
  ["without an id", "assertion_id_missing", { jti: undefined }],
  ["with an empty id", "assertion_id_missing", { jti: "" }],
  ["with a number for an id", "assertion_id_missing", { jti: 7 }],
  ["with an id without end", "assertion_id_missing", { jti: "x".repeat(513) }],
  ["that is an access token", "assertion_type_wrong", {}, { typ: "at+jwt" }],
  ["that is a DPoP proof", "assertion_type_wrong", {}, { typ: "dpop+jwt" }],
];
for (const [what, reason, claims, header] of REFUSED) {
  Deno.test(`an assertion is refused ${what}`, async () => {
    const token = await sign(claims, header);

    const error = assertThrows(() => parseAssertion(token, AUDIENCES, NOW), OAuthError);

    assertEquals(
      [error.code, error.reason, error.message],
      [
        "invalid_client",
        reason,
        "Cannot authenticate client: it is unknown here or its assertion is not valid",
      ],
    );
  });
}

for (const alg of ["none", "HS256", "HS512", "RS1", "ES256K", "dir", undefined, 7]) {
  Deno.test(`an assertion is refused that is signed with ${alg}`, () => {
    const [header, claims] = [
      { alg },
      { iss: CLIENT_ID, sub: CLIENT_ID, aud: ISSUER, exp: SECONDS + 60, jti: "id-1" },
    ].map((part) => base64url.encode(JSON.stringify(part)));

    const error = assertThrows(() => parseAssertion(`${header}.${claims}.c2ln`, AUDIENCES, NOW), OAuthError);

    assertEquals(
      error.reason === "assertion_algorithm_refused" || error.reason === "assertion_malformed",
      true,
    );
  });
}

for (
  const token of ["", "x", "a.b", "a.b.c", `${base64url.encode("{}")}.${base64url.encode("[]")}.`, "é.é.é"]
) {
  Deno.test(`${JSON.stringify(token)} is no assertion`, () => {
    assertThrows(() => parseAssertion(token, AUDIENCES, NOW), OAuthError);
  });
}

for (const algorithm of ASSERTION_ALGORITHMS) {
  Deno.test(`an assertion signed with ${algorithm} is verified`, async () => {
    const { privateKey, publicKey } = await makeKey(algorithm, "1");
    const token = await sign({}, { alg: algorithm }, privateKey);

    const verified = await isSignedByOneOf(
      { keys: [publicKey] },
      parseAssertion(token, AUDIENCES, NOW),
      ASSERTION_ALGORITHMS,
    );

    assertEquals(verified, true);
  });
}

const other = await makeKey("ES256", "1");
const anonymous = { ...key.publicKey };
delete anonymous.kid;
const KEY_SETS: [what: string, keys: PublicKey[], kid: string | undefined, verified: boolean][] = [
  ["its key", [key.publicKey], "1", true],
  ["its key twice", [key.publicKey, key.publicKey], "1", true],
  ["its key beside another of the same id", [other.publicKey, key.publicKey], "1", true],
  ["its key beside one that cannot be read", [{ ...key.publicKey, x: "?" }, key.publicKey], "1", true],
  ["its key without an id", [anonymous], "1", true],
  ["its key, where it names none", [other.publicKey, key.publicKey], undefined, true],
  ["no key", [], "1", false],
  ["another key of the same id", [other.publicKey], "1", false],
  ["its key under another id", [{ ...key.publicKey, kid: "2" }], "1", false],
  ["its key for another algorithm", [{ ...key.publicKey, alg: "ES384" }], "1", false],
  ["its key behind too many others", [...Array(10).fill(other.publicKey), key.publicKey], "1", false],
];
for (const [what, keys, kid, verified] of KEY_SETS) {
  Deno.test(`an assertion is ${verified ? "" : "not "}verified with ${what}`, async () => {
    const assertion = parseAssertion(await sign({}, { kid }), AUDIENCES, NOW);

    assertEquals(await isSignedByOneOf({ keys }, assertion, ASSERTION_ALGORITHMS), verified);
  });
}

Deno.test("an assertion is not verified whose claims were changed", async () => {
  const [header, , signature] = (await sign()).split(".");
  const claims = { iss: CLIENT_ID, sub: CLIENT_ID, aud: ISSUER, exp: SECONDS + 60, jti: "id-2" };
  const forged = `${header}.${base64url.encode(JSON.stringify(claims))}.${signature}`;

  const assertion = parseAssertion(forged, AUDIENCES, NOW);

  assertEquals(await isSignedByOneOf({ keys: [key.publicKey] }, assertion, ASSERTION_ALGORITHMS), false);
});

Deno.test("an assertion is refused in an algorithm that its client did not name", async () => {
  const assertion = parseAssertion(await sign(), AUDIENCES, NOW);

  const error = await assertRejects(
    () => isSignedByOneOf({ keys: [key.publicKey] }, assertion, ["RS256"]),
    OAuthError,
  );

  assertEquals(error.reason, "assertion_algorithm_refused");
});

Deno.test("an RSA key of 1024 bits verifies nothing", async () => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 1024,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  const [header, claims] = [
    { alg: "RS256" },
    { iss: CLIENT_ID, sub: CLIENT_ID, aud: ISSUER, exp: SECONDS + 60, jti: "id-1" },
  ].map((part) => base64url.encode(JSON.stringify(part)));
  const signature = await crypto.subtle.sign(
    "RSASSA-PKCS1-v1_5",
    privateKey,
    new TextEncoder().encode(`${header}.${claims}`),
  );
  const assertion = parseAssertion(
    `${header}.${claims}.${base64url.encode(new Uint8Array(signature))}`,
    AUDIENCES,
    NOW,
  );

  const keys = [await exportJWK(publicKey) as PublicKey];

  assertEquals(await isSignedByOneOf({ keys }, assertion, ASSERTION_ALGORITHMS), false);
});
