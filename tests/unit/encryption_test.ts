import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { base64url, decodeProtectedHeader } from "jose";
import {
  authorizationRequestOf,
  configSecretOf,
  consentFormOf,
  openSecret,
  openUnderToken,
  parseEncryptionKeys,
  type SealedPlace,
  sealSecret,
  sealUnderToken,
  UnreadableSecret,
  upstreamTokenOf,
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

const SECRET = configSecretOf({ id: "coac_1", organization_id: "org_1" });
const TOKEN = upstreamTokenOf("org_1", "uoat_1");
const FORM = consentFormOf("demo");

Deno.test("a sealed text opens again, and its header says key, purpose, organization and row", async () => {
  const ciphertext = await sealSecret(
    "sécret",
    SECRET,
    newKeys,
  );

  const opened = await openSecret(
    ciphertext,
    SECRET,
    newKeys,
  );

  assertEquals(opened, { text: "sécret", stale: false });
  assertEquals(decodeProtectedHeader(ciphertext), {
    alg: "dir",
    enc: "A256GCM",
    kid: "new",
    typ: "config-secret",
    org: "org_1",
    row: "coac_1",
  });
});

Deno.test("the same text is never sealed to the same ciphertext", async () => {
  const [one, other] = [
    await sealSecret("text", SECRET, newKeys),
    await sealSecret("text", SECRET, newKeys),
  ];

  assertEquals(one === other, false);
});

Deno.test("the first key seals", async () => {
  const ciphertext = await sealSecret("text", TOKEN, bothKeys);

  assertEquals(decodeProtectedHeader(ciphertext).kid, "new");
});

Deno.test("a text under an older key opens and is reported as stale", async () => {
  const ciphertext = await sealSecret("text", TOKEN, oldKeys);

  const opened = await openSecret(ciphertext, TOKEN, bothKeys);

  assertEquals(opened, { text: "text", stale: true });
});

/** Places that differ from each other in one thing, or in all. */
const PLACES: SealedPlace[] = [
  SECRET,
  configSecretOf({ id: "coac_2", organization_id: "org_1" }),
  configSecretOf({ id: "coac_1", organization_id: "org_2" }),
  configSecretOf({ id: "coac_1", organization_id: null }),
  { ...SECRET, purpose: "upstream-token" },
  TOKEN,
  upstreamTokenOf("org_1", "uoat_2"),
  upstreamTokenOf("org_2", "uoat_1"),
  FORM,
  consentFormOf("other"),
  authorizationRequestOf("org_1", "hash"),
  authorizationRequestOf("org_1", "another hash"),
];
for (const sealed of PLACES) {
  for (const opened of PLACES.filter((place) => place !== sealed)) {
    Deno.test(`a text that was sealed for ${describe(sealed)} does not open at ${describe(opened)}`, async () => {
      const ciphertext = await sealSecret("text", sealed, newKeys);

      const error = await assertRejects(() => openSecret(ciphertext, opened, newKeys), UnreadableSecret);

      assertEquals(error.reason, "moved");
    });
  }
}

function describe({ purpose, organizationId, row }: SealedPlace): string {
  return `${purpose} ${row} of ${organizationId}`;
}

Deno.test("a text does not open when its key is gone", async () => {
  const ciphertext = await sealSecret(
    "text",
    SECRET,
    oldKeys,
  );

  await assertRejects(
    () => openSecret(ciphertext, SECRET, newKeys),
    Error,
    "its key is not among GATEPOST_ENCRYPTION_KEYS",
  );
});

Deno.test("a text does not open under another key of the same id", async () => {
  const ciphertext = await sealSecret(
    "text",
    SECRET,
    newKeys,
  );
  const others = parseEncryptionKeys(makeEncryptionKeySet("new"));

  await assertRejects(() => openSecret(ciphertext, SECRET, others));
});

for (
  const [what, changes, place] of [
    ["purpose", { typ: "config-secret" }, { ...TOKEN, purpose: "config-secret" }],
    ["organization", { org: "org_2" }, upstreamTokenOf("org_2", "uoat_1")],
    ["row", { row: "uoat_2" }, upstreamTokenOf("org_1", "uoat_2")],
  ] as const
) {
  Deno.test(`the ${what} of a ciphertext cannot be rewritten`, async () => {
    const [, ...rest] = (await sealSecret("text", TOKEN, newKeys)).split(".");
    const header = {
      ...{ alg: "dir", enc: "A256GCM", kid: "new", typ: "upstream-token", org: "org_1", row: "uoat_1" },
      ...changes,
    };
    const forged = [base64url.encode(JSON.stringify(header)), ...rest].join(".");

    const error = await assertRejects(() => openSecret(forged, place, newKeys), UnreadableSecret);

    assertEquals(error.reason, "not_genuine");
  });
}

for (const part of [2, 3, 4]) {
  Deno.test(`a ciphertext whose part ${part} was altered does not open`, async () => {
    const parts = (await sealSecret("text", FORM, newKeys)).split(".");
    parts[part] = (parts[part]!.startsWith("A") ? "B" : "A") + parts[part]!.slice(1);

    await assertRejects(() => openSecret(parts.join("."), FORM, newKeys));
  });
}

for (const garbage of ["", "text", "a.b.c.d.e", "e30...."]) {
  Deno.test(`${JSON.stringify(garbage)} is no ciphertext`, async () => {
    await assertRejects(() => openSecret(garbage, FORM, newKeys));
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
