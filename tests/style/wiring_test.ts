/**
 * What each function reads from its environment when it starts. It may read nothing else.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { makeEncryptionKeySet, makeSigningKeySet } from "../support/functions/keys.ts";
import { pickImportMap } from "../support/run/import_map.ts";

const ENVIRONMENT: Record<string, string> = {
  GATEPOST_PUBLIC_URL: "https://auth.example.com",
  GATEPOST_SIGNING_KEYS: await makeSigningKeySet("signing-1"),
  GATEPOST_ENCRYPTION_KEYS: makeEncryptionKeySet("encryption-1"),
  SUPABASE_URL: "http://127.0.0.1:1",
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
  SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_1"}',
  GATEPOST_OTLP_ENDPOINT: "collector:4318",
};
/** May be left out. */
const OPTIONAL = [
  "GATEPOST_CLIENT_ADDRESS_HEADER",
  "GATEPOST_CONSENT_URL",
  "GATEPOST_ALLOW_PRIVATE_UPSTREAMS",
  "GATEPOST_DATABASE_URL",
  "GATEPOST_OTLP_ENDPOINT",
];
/** The database client asks for these by itself. */
const OF_PACKAGES = ["NODE_ENV", "WS_NO_BUFFER_UTIL", "WS_NO_UTF_8_VALIDATE"];

const DATABASE = ["SUPABASE_URL", "SUPABASE_SECRET_KEYS"];
const REQUIRED: [name: string, variables: string[]][] = [
  ["mcp", ["GATEPOST_PUBLIC_URL", ...DATABASE, "GATEPOST_SIGNING_KEYS", "GATEPOST_ENCRYPTION_KEYS"]],
  ["oauth", ["GATEPOST_PUBLIC_URL", ...DATABASE]],
  ["oauth-authorize", ["GATEPOST_PUBLIC_URL", ...DATABASE, "GATEPOST_ENCRYPTION_KEYS"]],
  ["oauth-callback", ["GATEPOST_PUBLIC_URL", ...DATABASE, "GATEPOST_ENCRYPTION_KEYS"]],
  [
    "oauth-configs",
    ["GATEPOST_PUBLIC_URL", ...DATABASE, "SUPABASE_PUBLISHABLE_KEYS", "GATEPOST_ENCRYPTION_KEYS"],
  ],
  [
    "oauth-connections",
    ["GATEPOST_PUBLIC_URL", ...DATABASE, "GATEPOST_SIGNING_KEYS", "GATEPOST_ENCRYPTION_KEYS"],
  ],
  ["oauth-introspect", ["GATEPOST_PUBLIC_URL", ...DATABASE, "GATEPOST_SIGNING_KEYS"]],
  ["oauth-jwks", ["GATEPOST_SIGNING_KEYS"]],
  ["oauth-register", [...DATABASE, "GATEPOST_ENCRYPTION_KEYS"]],
  ["oauth-revoke", ["GATEPOST_PUBLIC_URL", ...DATABASE, "GATEPOST_SIGNING_KEYS", "GATEPOST_ENCRYPTION_KEYS"]],
  ["oauth-token", ["GATEPOST_PUBLIC_URL", ...DATABASE, "GATEPOST_SIGNING_KEYS"]],
  ["oauth-userinfo", ["GATEPOST_PUBLIC_URL", ...DATABASE, "GATEPOST_SIGNING_KEYS"]],
];
const importMap = await pickImportMap();

for (const [name, variables] of REQUIRED) {
  Deno.test(`${name} starts with ${variables.join(", ")}`, async () => {
    assertEquals(await start(name, variables, variables), { success: true, problem: undefined });
  });

  Deno.test(`${name} says in one sentence which variable is missing`, async () => {
    const [missing, ...rest] = variables;

    const { success, problem } = await start(name, variables, rest);

    assertEquals([success, problem?.startsWith(`Cannot start: ${missing} is not set; `)], [false, true]);
  });
}

for (const [name, variables] of REQUIRED) {
  Deno.test(`${name} does not start with a collector that is no URL, and says so in one sentence`, async () => {
    const { success, problem } = await start(name, variables, [...variables, "GATEPOST_OTLP_ENDPOINT"]);

    assertEquals([success, problem?.startsWith("Cannot start: GATEPOST_OTLP_ENDPOINT is not a URL")], [
      false,
      true,
    ]);
  });
}

Deno.test("a function with a collector reads its headers, and nothing that the packages of OpenTelemetry may ask for", async () => {
  ENVIRONMENT["GATEPOST_OTLP_ENDPOINT"] = "http://127.0.0.1:1";

  const started = await start("oauth-jwks", ["GATEPOST_SIGNING_KEYS", "GATEPOST_OTLP_HEADERS"], [
    "GATEPOST_SIGNING_KEYS",
    "GATEPOST_OTLP_ENDPOINT",
  ]);

  assertEquals(started, { success: true, problem: undefined });
});

Deno.test("every function is in the list", async () => {
  const folders = (await Array.fromAsync(Deno.readDir("functions"))).map(({ name }) => name);

  assertEquals(REQUIRED.map(([name]) => name), folders.filter((name) => !name.startsWith("_")).sort());
});

/** Loads a function and says why it does not start. To read any other variable is an error. */
async function start(
  name: string,
  readable: string[],
  set: string[],
): Promise<{ success: boolean; problem: string | undefined }> {
  const env = Object.fromEntries(set.map((variable) => [variable, ENVIRONMENT[variable]!]));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      `--allow-env=${[...readable, ...OPTIONAL, ...OF_PACKAGES].join(",")}`,
      `--import-map=${importMap}`,
      `functions/${name}/index.ts`,
    ],
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", NO_COLOR: "1", ...env },
    clearEnv: true,
  }).output();
  return { success, problem: /Error: (.*)/.exec(new TextDecoder().decode(stderr))?.[1] };
}
