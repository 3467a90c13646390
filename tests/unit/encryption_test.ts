import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { base64url, decodeProtectedHeader } from "jose";
import {
  configSecretOf,
  openSecret,
  openUnderToken,
  parseEncryptionKeys,
  type Purpose,
  sealSecret,
  sealUnderToken,
} from "../../functions/_shared/secrets/encryption.ts";
import { makeEncryptionKeySet } from "../support/functions/keys.ts";

const oldSet = makeEncryptionKeySet("old");
const newSet = makeEncryptionKeySet("new");
const bothSet = JSON.stringify({ keys: [...JSON.parse(newSet).keys, ...JSON.parse(oldSet).keys] });
const [oldKeys, newKeys, bothKeys] = [oldSet, newSet, bothSet].map(parseEncryptionKeys) as [
  ReturnType<typeof parseEncryptionKeys>,
  ReturnType<typeof parseEncryptionKeys>,
  ReturnType<typeof parseEncryptionKeys>,
];

Deno.test("a sealed text opens again, and its header says key and purpose", async () => {
  const ciphertext = await sealSecret("sécret", configSecretOf("org_1"), newKeys);

  const opened = await openSecret(ciphertext, configSecretOf("org_1"), newKeys);

  assertEquals(opened, { text: "sécret", stale: false });
  assertEquals(decodeProtectedHeader(ciphertext), {
    alg: "dir",
    enc: "A256GCM",
    kid: "new",
    typ: configSecretOf("org_1"),
  });
});

Deno.test("the same text is never sealed to the same ciphertext", async () => {
  const [one, other] = [
    await sealSecret("text", configSecretOf("org_1"), newKeys),
    await sealSecret("text", configSecretOf("org_1"), newKeys),
  ];

  assertEquals(one === other, false);
});

Deno.test("the first key seals", async () => {
  const ciphertext = await sealSecret("text", "upstream-token", bothKeys);

  assertEquals(decodeProtectedHeader(ciphertext).kid, "new");
});

Deno.test("a text under an older key opens and is reported as stale", async () => {
  const ciphertext = await sealSecret("text", "upstream-token", oldKeys);

  const opened = await openSecret(ciphertext, "upstream-token", bothKeys);

  assertEquals(opened, { text: "text", stale: true });
});

const PURPOSES: Purpose[] = [
  configSecretOf("org_2"),
  configSecretOf(null),
  configSecretOf("org_1"),
  "upstream-token",
  "consent-form",
  "authorization-request",
];
for (const sealed of PURPOSES) {
  for (const opened of PURPOSES.filter((purpose) => purpose !== sealed)) {
    Deno.test(`a text that was sealed as ${sealed} does not open as ${opened}`, async () => {
      const ciphertext = await sealSecret("text", sealed, newKeys);

      await assertRejects(() => openSecret(ciphertext, opened, newKeys), Error, "sealed for another purpose");
    });
  }
}

Deno.test("a text does not open when its key is gone", async () => {
  const ciphertext = await sealSecret("text", configSecretOf("org_1"), oldKeys);

  await assertRejects(
    () => openSecret(ciphertext, configSecretOf("org_1"), newKeys),
    Error,
    "its key is not among GATEPOST_ENCRYPTION_KEYS",
  );
});

Deno.test("a text does not open under another key of the same id", async () => {
  const ciphertext = await sealSecret("text", configSecretOf("org_1"), newKeys);
  const others = parseEncryptionKeys(makeEncryptionKeySet("new"));

  await assertRejects(() => openSecret(ciphertext, configSecretOf("org_1"), others));
});

Deno.test("the purpose of a ciphertext cannot be rewritten", async () => {
  const [, ...rest] = (await sealSecret("text", "upstream-token", newKeys)).split(".");
  const header = { alg: "dir", enc: "A256GCM", kid: "new", typ: "consent-form" };
  const forged = [base64url.encode(JSON.stringify(header)), ...rest].join(".");

  await assertRejects(() => openSecret(forged, "consent-form", newKeys));
});

for (const part of [2, 3, 4]) {
  Deno.test(`a ciphertext whose part ${part} was altered does not open`, async () => {
    const parts = (await sealSecret("text", "consent-form", newKeys)).split(".");
    parts[part] = (parts[part]!.startsWith("A") ? "B" : "A") + parts[part]!.slice(1);

    await assertRejects(() => openSecret(parts.join("."), "consent-form", newKeys));
  });
}

for (const garbage of ["", "text", "a.b.c.d.e", "e30...."]) {
  Deno.test(`${JSON.stringify(garbage)} is no ciphertext`, async () => {
    await assertRejects(() => openSecret(garbage, "consent-form", newKeys));
  });
}

Deno.test("a successor opens for the holder of the token alone", async () => {
  const ciphertext = await sealUnderToken("gpr_successor", "gpr_token");

  assertEquals(await openUnderToken(ciphertext, "gpr_token"), "gpr_successor");
  await assertRejects(() => openUnderToken(ciphertext, "gpr_other"));
});

const oct = (changes: Record<string, unknown>): unknown => ({
  kty: "oct",
  kid: "1",
  k: base64url.encode(new Uint8Array(32)),
  ...changes,
});
const MALFORMED: [what: string, json: string][] = [
  ["no JSON", "secret"],
  ["no JWKS", "[]"],
  ["an empty set", '{"keys":[]}'],
  ["a key without an id", JSON.stringify({ keys: [oct({ kid: undefined })] })],
  ["a key of another type", JSON.stringify({ keys: [oct({ kty: "EC" })] })],
  ["a key of 128 bits", JSON.stringify({ keys: [oct({ k: base64url.encode(new Uint8Array(16)) })] })],
  ["a key that is not base64url", JSON.stringify({ keys: [oct({ k: "***" })] })],
  ["two keys of one id", JSON.stringify({ keys: [oct({}), oct({})] })],
];
for (const [what, json] of MALFORMED) {
  Deno.test(`encryption keys are refused: ${what}`, () => {
    const error = assertThrows(() => parseEncryptionKeys(json), Error);

    assertEquals(
      error.message,
      "Cannot start: GATEPOST_ENCRYPTION_KEYS is not a JWKS of 256-bit oct keys; run `deno task keys` for one",
    );
  });
}
