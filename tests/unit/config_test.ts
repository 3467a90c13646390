import { assertEquals, assertThrows } from "@std/assert";
import {
  readAllowPrivateUpstreams,
  readClientAddressHeader,
  readCollectorAccess,
  readConsentUrl,
  readDatabaseAccess,
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

const DATABASE_URL = "postgresql://gatepost_functions.ref:p%40ss@pooler.example.com:6543/postgres";

/** How the database is reached, by these variables and those of a complete environment. */
function readDoor(changes: Record<string, string>): ReturnType<typeof readDatabaseAccess> {
  const variables: Record<string, string> = { ...COMPLETE, ...changes };
  return readDatabaseAccess((name) => variables[name]);
}

Deno.test("the database is reached over the REST layer unless a URL is set", () => {
  const rest = { url: "http://kong:8000", key: "sb_secret_1" };

  assertEquals([readDoor({}), readDoor({ GATEPOST_DATABASE_URL: " " })], [rest, rest]);
});

Deno.test("PostgreSQL is reached with TLS, few connections and no prepared statement unless it is set otherwise", () => {
  const login = { user: "gatepost_functions.ref", password: "p@ss", database: "postgres" };
  const remote = { ...login, host: "pooler.example.com", port: 6543, tls: true };
  const usual = { certificate: undefined, poolSize: 3, prepare: false };

  assertEquals(readDoor({ GATEPOST_DATABASE_URL: DATABASE_URL }), { ...remote, ...usual });
  assertEquals(readDatabaseAccess((name) => name === "GATEPOST_DATABASE_URL" ? DATABASE_URL : undefined), {
    ...remote,
    ...usual,
  });
  assertEquals(
    readDoor({
      GATEPOST_DATABASE_URL: DATABASE_URL,
      GATEPOST_DATABASE_CA: "-----BEGIN CERTIFICATE-----",
      GATEPOST_DATABASE_POOL_SIZE: "20",
      GATEPOST_DATABASE_PREPARE: "true",
    }),
    { ...remote, certificate: "-----BEGIN CERTIFICATE-----", poolSize: 20, prepare: true },
  );
  assertEquals(
    readDoor({
      GATEPOST_DATABASE_URL: "postgres://gatepost_functions:p%40ss@[::1]/postgres?sslmode=require",
    }),
    { ...login, ...usual, user: "gatepost_functions", host: "::1", port: 5432, tls: true },
  );
  assertEquals(
    readDoor({ GATEPOST_DATABASE_URL: "postgres://gatepost_functions:p%40ss@[::1]/postgres" }),
    { ...login, ...usual, user: "gatepost_functions", host: "::1", port: 5432, tls: false },
  );
});

for (
  const host of [
    ...[
      "localhost",
      "127.0.0.1",
      "127.1.2.3",
      "[::1]",
      "10.0.0.5",
      "172.16.0.1",
      "172.31.255.1",
      "192.168.1.2",
    ],
    ...[
      "100.64.0.1",
      "169.254.1.1",
      "[fd00::1]",
      "[fe80::1]",
      "db",
      "my_pooler-1",
      "db.internal",
      "db.local",
    ],
  ]
) {
  Deno.test(`a connection to ${host} may go without encryption`, () => {
    const door = readDoor({
      GATEPOST_DATABASE_URL: `postgresql://gatepost_functions:p@${host}/postgres?sslmode=disable`,
    });

    assertEquals("tls" in door && door.tls, false);
  });
}

for (
  const host of [
    ...[
      "pooler.example.com",
      "8.8.8.8",
      "172.15.0.1",
      "172.32.0.1",
      "100.128.0.1",
      "192.169.0.1",
      "11.0.0.1",
    ],
    ...[
      "10.example.com",
      "db.internal.example.com",
      "[2001:db8::1]",
      "[::ffff:8.8.8.8]",
      "134744072",
      "0x8.8",
    ],
  ]
) {
  Deno.test(`a function does not start without encryption to ${host}`, () => {
    const read = () =>
      readDoor({
        GATEPOST_DATABASE_URL: `postgresql://gatepost_functions:secret-1@${host}/postgres?sslmode=disable`,
      });

    assertEquals(
      assertThrows(read, Error).message,
      "Cannot start: GATEPOST_DATABASE_URL sends its password without encryption to a public host; leave sslmode out",
    );
  });
}

const NO_DATABASE_URL =
  "GATEPOST_DATABASE_URL is not a URL such as postgresql://gatepost_functions:password@host:6543/postgres";
const OTHER_ROLE =
  "GATEPOST_DATABASE_URL is not of gatepost_functions, which has the rights and the time limits; set it to one";
const NO_POOL_SIZE = "GATEPOST_DATABASE_POOL_SIZE is not a number of connections; set it to 1 to 100";
const NO_DOOR: [changes: Record<string, string>, sentence: string][] = [
  [{ GATEPOST_DATABASE_URL: "host=secret-1" }, NO_DATABASE_URL],
  [{ GATEPOST_DATABASE_URL: "https://gatepost_functions:secret-1@host/postgres" }, NO_DATABASE_URL],
  [{ GATEPOST_DATABASE_URL: "postgresql://gatepost_functions@secret-1/postgres" }, NO_DATABASE_URL],
  [{ GATEPOST_DATABASE_URL: "postgresql://gatepost_functions:secret-1@host" }, NO_DATABASE_URL],
  [{ GATEPOST_DATABASE_URL: "postgresql://gatepost_functions:%secret-1@host/postgres" }, NO_DATABASE_URL],
  [{ GATEPOST_DATABASE_URL: "postgresql://gatepost_functions:secret-1@host:x/postgres" }, NO_DATABASE_URL],
  [{ GATEPOST_DATABASE_URL: "postgresql://postgres:secret-1@host/postgres" }, OTHER_ROLE],
  [{ GATEPOST_DATABASE_URL: "postgresql://postgres.gatepost_functions:secret-1@host/postgres" }, OTHER_ROLE],
  [{ GATEPOST_DATABASE_URL: DATABASE_URL, GATEPOST_DATABASE_POOL_SIZE: "0" }, NO_POOL_SIZE],
  [{ GATEPOST_DATABASE_URL: DATABASE_URL, GATEPOST_DATABASE_POOL_SIZE: "many" }, NO_POOL_SIZE],
];
for (const [changes, sentence] of NO_DOOR) {
  Deno.test(`a function does not start with ${JSON.stringify(changes)}, and repeats no password`, () => {
    const error = assertThrows(() => readDoor(changes), Error);

    assertEquals(error.message, `Cannot start: ${sentence}`);
  });
}

/** The collector that these variables name. */
function readCollector(variables: Record<string, string>): ReturnType<typeof readCollectorAccess> {
  return readCollectorAccess((name) => variables[name]);
}

Deno.test("without a collector its headers are not read", () => {
  const asked: string[] = [];

  const access = readCollectorAccess((name) => void asked.push(name));

  assertEquals([access, asked], [undefined, ["GATEPOST_OTLP_ENDPOINT"]]);
});

const COLLECTORS: [what: string, variables: Record<string, string>, access: unknown][] = [
  ["at the root of a host", { GATEPOST_OTLP_ENDPOINT: "http://collector:4318" }, {
    url: "http://collector:4318",
    headers: [],
  }],
  ["below a path with a slash at its end", { GATEPOST_OTLP_ENDPOINT: " https://o.example.com/otlp/ " }, {
    url: "https://o.example.com/otlp",
    headers: [],
  }],
  ["that asks for keys", {
    GATEPOST_OTLP_ENDPOINT: "https://o.example.com",
    GATEPOST_OTLP_HEADERS: "Authorization=Basic%20YTpi==, X-Tenant = one%2Ctwo,",
  }, { url: "https://o.example.com", headers: [["Authorization", "Basic YTpi=="], ["X-Tenant", "one,two"]] }],
  ["on loopback that asks for a key", {
    GATEPOST_OTLP_ENDPOINT: "http://127.0.0.1:4318",
    GATEPOST_OTLP_HEADERS: "x-api-key=1",
  }, { url: "http://127.0.0.1:4318", headers: [["x-api-key", "1"]] }],
];
for (const [what, variables, access] of COLLECTORS) {
  Deno.test(`a collector ${what} is read`, () => {
    assertEquals(readCollector(variables) as unknown, access);
  });
}

const WRONG_ENDPOINT =
  "Cannot start: GATEPOST_OTLP_ENDPOINT is not a URL such as https://collector.example.com:4318; set it to one without user, query and fragment";
const WRONG_HEADERS =
  "Cannot start: GATEPOST_OTLP_HEADERS is not a list such as Authorization=Bearer%20key,X-Tenant=name; set it to one";
const WRONG_COLLECTORS: [endpoint: string, headers: string, sentence: string][] = [
  ["collector:4318", "", WRONG_ENDPOINT],
  ["4318", "", WRONG_ENDPOINT],
  ["grpc://collector:4317", "", WRONG_ENDPOINT],
  ["https://user:secret@collector.example.com", "", WRONG_ENDPOINT],
  ["https://collector.example.com?key=secret", "", WRONG_ENDPOINT],
  ["https://collector.example.com#", "", WRONG_ENDPOINT],
  ["https://collector.example.com", "secret", WRONG_HEADERS],
  ["https://collector.example.com", "x-api-key=", WRONG_HEADERS],
  ["https://collector.example.com", "x api key=secret", WRONG_HEADERS],
  ["https://collector.example.com", "x-api-key=%E0%A4%A", WRONG_HEADERS],
  ["https://collector.example.com", "x-api-key=a%0D%0Ab", WRONG_HEADERS],
  [
    "http://collector.example.com",
    "x-api-key=secret",
    "Cannot start: GATEPOST_OTLP_HEADERS would go over http in the clear; set GATEPOST_OTLP_ENDPOINT to an https URL",
  ],
];
for (const [endpoint, headers, sentence] of WRONG_COLLECTORS) {
  Deno.test(`a function does not start with the collector ${endpoint} and the headers "${headers}", and repeats neither`, () => {
    const error = assertThrows(
      () => readCollector({ GATEPOST_OTLP_ENDPOINT: endpoint, GATEPOST_OTLP_HEADERS: headers }),
      Error,
    );

    assertEquals(error.message, sentence);
  });
}
