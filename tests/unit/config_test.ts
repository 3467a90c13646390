import { assertEquals, assertThrows } from "@std/assert";
import {
  readAllowPrivateUpstreams,
  readClientAddressHeader,
  readConsentUrl,
  readEncryptionKeySet,
  readPublicUrl,
  readPublishableAccess,
  readSecretAccess,
  readSigningKeySet,
} from "../../functions/_shared/config.ts";

const COMPLETE = {
  GATEPOST_PUBLIC_URL: "https://auth.example.com",
  SUPABASE_URL: "http://kong:8000",
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
  SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_1"}',
  GATEPOST_SIGNING_KEYS: '{"keys":["signing"]}',
  GATEPOST_ENCRYPTION_KEYS: '{"keys":["encryption"]}',
};

/** Everything that a function can be told, in an environment with changes. */
// deno-lint-ignore explicit-function-return-type -- each reader says its type.
function read(changes: Record<string, string | undefined> = {}) {
  const variables: Record<string, string | undefined> = { ...COMPLETE, ...changes };
  const readVariable = (name: string): string | undefined => variables[name];
  return {
    publicUrl: readPublicUrl(readVariable),
    secretAccess: readSecretAccess(readVariable),
    publishableAccess: readPublishableAccess(readVariable),
    signingKeys: readSigningKeySet(readVariable),
    encryptionKeys: readEncryptionKeySet(readVariable),
    consentUrl: readConsentUrl(readVariable),
    allowPrivateUpstreams: readAllowPrivateUpstreams(readVariable),
  };
}

Deno.test("a complete environment says everything", () => {
  assertEquals(read(), {
    publicUrl: "https://auth.example.com",
    secretAccess: { url: "http://kong:8000", key: "sb_secret_1" },
    publishableAccess: { url: "http://kong:8000", key: "sb_publishable_1" },
    signingKeys: '{"keys":["signing"]}',
    encryptionKeys: '{"keys":["encryption"]}',
    consentUrl: undefined,
    allowPrivateUpstreams: false,
  });
});

Deno.test("a function reads what it needs, and asks for nothing else", () => {
  const asked: string[] = [];

  readSigningKeySet((name) => {
    asked.push(name);
    return "{}";
  });

  assertEquals(asked, ["GATEPOST_SIGNING_KEYS"]);
});

const PUBLIC_URLS: [given: string, read: string][] = [
  ["https://AUTH.example.com:443/", "https://auth.example.com"],
  [" https://ref.supabase.co/functions/v1/ ", "https://ref.supabase.co/functions/v1"],
  ["https://auth.example.com:8443//", "https://auth.example.com:8443"],
  ["http://127.0.0.1:54321/functions/v1", "http://127.0.0.1:54321/functions/v1"],
  ["http://localhost:54321", "http://localhost:54321"],
  ["http://[::1]:54321", "http://[::1]:54321"],
];
for (const [given, expected] of PUBLIC_URLS) {
  Deno.test(`the public URL ${JSON.stringify(given)} is ${expected}`, () => {
    assertEquals(read({ GATEPOST_PUBLIC_URL: given }).publicUrl, expected);
  });
}

Deno.test("an older platform's keys are read where the newer ones are missing", () => {
  const { secretAccess, publishableAccess } = read({
    SUPABASE_SECRET_KEYS: undefined,
    SUPABASE_PUBLISHABLE_KEYS: undefined,
    SUPABASE_SERVICE_ROLE_KEY: "legacy-secret",
    SUPABASE_ANON_KEY: "legacy-public",
  });

  assertEquals([secretAccess.key, publishableAccess.key], ["legacy-secret", "legacy-public"]);
});

Deno.test("the newer keys win over the older ones", () => {
  const { secretAccess, publishableAccess } = read({
    SUPABASE_SERVICE_ROLE_KEY: "legacy-secret",
    SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_1"}',
    SUPABASE_ANON_KEY: "legacy-public",
  });

  assertEquals([secretAccess.key, publishableAccess.key], ["sb_secret_1", "sb_publishable_1"]);
});

for (const value of ["TRUE", "1", "yes", "", undefined]) {
  Deno.test(`private upstreams stay refused while the variable is ${JSON.stringify(value)}`, () => {
    assertEquals(read({ GATEPOST_ALLOW_PRIVATE_UPSTREAMS: value }).allowPrivateUpstreams, false);
  });
}

Deno.test("private upstreams are allowed by the word true alone", () => {
  assertEquals(read({ GATEPOST_ALLOW_PRIVATE_UPSTREAMS: "true" }).allowPrivateUpstreams, true);
});

Deno.test("a consent page elsewhere is read as a URL", () => {
  assertEquals(
    read({ GATEPOST_CONSENT_URL: "https://www.example.com/consent/" }).consentUrl,
    "https://www.example.com/consent",
  );
});

const NOT_A_URL = "is not a URL; set it to one such as https://auth.example.com";
const NOT_SET = "is not set; set it to a URL such as https://auth.example.com";
const NO_KEYS = "is not set; run `deno task keys` and set it";
const STOPPED: [changes: Record<string, string | undefined>, sentence: string][] = [
  [{ GATEPOST_PUBLIC_URL: undefined }, `GATEPOST_PUBLIC_URL ${NOT_SET}`],
  [{ GATEPOST_PUBLIC_URL: "  " }, `GATEPOST_PUBLIC_URL ${NOT_SET}`],
  [{ GATEPOST_PUBLIC_URL: "auth.example.com" }, `GATEPOST_PUBLIC_URL ${NOT_A_URL}`],
  [{ GATEPOST_PUBLIC_URL: "ftp://auth.example.com" }, `GATEPOST_PUBLIC_URL ${NOT_A_URL}`],
  [{ GATEPOST_PUBLIC_URL: "https://user@auth.example.com" }, `GATEPOST_PUBLIC_URL ${NOT_A_URL}`],
  [{ GATEPOST_PUBLIC_URL: "https://auth.example.com/?a=1" }, `GATEPOST_PUBLIC_URL ${NOT_A_URL}`],
  [{ GATEPOST_PUBLIC_URL: "https://auth.example.com/#a" }, `GATEPOST_PUBLIC_URL ${NOT_A_URL}`],
  [{ SUPABASE_URL: undefined }, `SUPABASE_URL ${NOT_SET}`],
  [
    { SUPABASE_SECRET_KEYS: undefined },
    "neither SUPABASE_SECRET_KEYS nor SUPABASE_SERVICE_ROLE_KEY is set; Supabase sets them for its functions",
  ],
  [
    { SUPABASE_PUBLISHABLE_KEYS: undefined },
    "neither SUPABASE_PUBLISHABLE_KEYS nor SUPABASE_ANON_KEY is set; Supabase sets them for its functions",
  ],
  [
    { SUPABASE_SECRET_KEYS: "sb_secret_1" },
    'SUPABASE_SECRET_KEYS is not JSON; Supabase sets it to an object such as {"default":"…"}',
  ],
  [
    { SUPABASE_SECRET_KEYS: "null" },
    "neither SUPABASE_SECRET_KEYS nor SUPABASE_SERVICE_ROLE_KEY is set; Supabase sets them for its functions",
  ],
  [{ GATEPOST_SIGNING_KEYS: undefined }, `GATEPOST_SIGNING_KEYS ${NO_KEYS}`],
  [{ GATEPOST_ENCRYPTION_KEYS: undefined }, `GATEPOST_ENCRYPTION_KEYS ${NO_KEYS}`],
  [{ GATEPOST_CONSENT_URL: "consent" }, `GATEPOST_CONSENT_URL ${NOT_A_URL}`],
];
for (const [changes, sentence] of STOPPED) {
  Deno.test(`a function does not start with ${JSON.stringify(changes)}`, () => {
    const error = assertThrows(() => read(changes), Error);

    assertEquals(error.message, `Cannot start: ${sentence}`);
  });
}

Deno.test("a function does not start behind a public http address", () => {
  const error = assertThrows(() => read({ GATEPOST_PUBLIC_URL: "http://auth.example.com" }), Error);

  assertEquals(
    error.message,
    "Cannot start: GATEPOST_PUBLIC_URL is http; only loopback may be, set it to an https URL",
  );
});

Deno.test("no configuration sentence repeats a secret", () => {
  const error = assertThrows(() => read({ SUPABASE_SECRET_KEYS: "sb_secret_1" }), Error);

  assertEquals(error.message.includes("sb_secret_1"), false);
});

Deno.test("the header with the caller's address is none unless it is set, and must be a header's name", () => {
  const readHeader = (value: string | undefined): string | undefined => readClientAddressHeader(() => value);

  assertEquals([readHeader(undefined), readHeader(""), readHeader(" X-Real-IP ")], [
    undefined,
    undefined,
    "X-Real-IP",
  ]);
  assertThrows(
    () => readHeader("X-Real-IP: 1"),
    Error,
    "Cannot start: GATEPOST_CLIENT_ADDRESS_HEADER is not the name of a header",
  );
});
