/**
 * An encryption key is replaced while people are logged in: both keys, reseal, then the new one alone.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  parseEncryptionKeys,
  sealSecret,
  upstreamTokenOf,
} from "../../functions/_shared/secrets/encryption.ts";
import { newRowId } from "../../functions/_shared/secrets/secrets.ts";
import { generateEncryptionKeys } from "../../supabase/local/make_keys.ts";
import { callTool, connect } from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const [oldKeys, newKeys, otherKeys] = [
  generateEncryptionKeys(),
  generateEncryptionKeys(),
  generateEncryptionKeys(),
];
const join = (...sets: string[]): string =>
  JSON.stringify({ keys: sets.flatMap((set) => JSON.parse(set).keys) });
const kid = (set: string): string => JSON.parse(set).keys[0].kid;

const env = { GATEPOST_ENCRYPTION_KEYS: oldKeys };
const stack = await useStack("own", { env });

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a task on the stack as on any project. */
async function runTask(name: string, args: string[], encryptionKeys: string): Promise<Ended> {
  const script = new URL(`../../supabase/commands/${name}.ts`, import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-net", "--allow-read", "--allow-env", script, "--project", ...args],
    env: {
      SUPABASE_URL: stack.status.API_URL,
      SUPABASE_SERVICE_ROLE_KEY: stack.status.SECRET_KEY,
      GATEPOST_ENCRYPTION_KEYS: encryptionKeys,
      NO_COLOR: "1",
    },
  }).output();
  const read = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: read(stdout), stderr: read(stderr) };
}

/** The line of a key, its blanks as one. */
function findKey({ stdout }: Ended, keySet: string): string | undefined {
  return stdout.split("\n").find((line) => line.startsWith(kid(keySet)))?.replaceAll(/ +/g, " ");
}

Deno.test("a login outlives the key that its tokens were sealed under", async () => {
  const client = await connect(stack.status.MCP_URL, { userName: "ada" });
  const whoami = (): Promise<string> => callTool(stack.status.MCP_URL, client.tokens.access_token, "whoami");
  const before = await whoami();
  const both = join(newKeys, oldKeys);

  const counted = await runTask("keys", ["--in-use"], both);
  const resealed = await runTask("reseal", [], both);
  const recounted = await runTask("keys", ["--in-use"], both);
  env.GATEPOST_ENCRYPTION_KEYS = newKeys;
  await stack.restart();

  assertEquals(findKey(counted, oldKeys), `${kid(oldKeys)} 1 1 1 0 opens; run deno task reseal`);
  assertEquals([resealed.code, resealed.stderr], [0, ""]);
  assertStringIncludes(resealed.stdout, "3 secrets sealed anew");
  assertStringIncludes(resealed.stdout, `Everything stands under the key ${kid(newKeys)}`);
  assertEquals(findKey(recounted, newKeys), `${kid(newKeys)} 1 1 1 0 seals`);
  assertEquals(findKey(recounted, oldKeys), `${kid(oldKeys)} 0 0 0 0 opens; may be removed`);
  assertEquals(await whoami(), before);
});

Deno.test("what stands under a key that nobody has is said, and left as it is", async () => {
  const resealed = await runTask("reseal", [], otherKeys);
  const counted = await runTask("keys", ["--in-use"], otherKeys);

  assertEquals(resealed.code, 1);
  assertStringIncludes(
    resealed.stderr,
    "3 secrets cannot be opened: add their key to GATEPOST_ENCRYPTION_KEYS",
  );
  assertEquals(
    findKey(counted, newKeys),
    `${kid(newKeys)} 1 1 1 0 not configured: what stands under it is lost`,
  );
});

Deno.test("hundreds of logins are sealed anew batch by batch, and a second run finds nothing to do", async () => {
  const keys = parseEncryptionKeys(newKeys);
  for (let copy = 0; copy < 350; copy++) {
    const id = newRowId("uoat_");
    const ciphertext = await sealSecret("a token", upstreamTokenOf("org_demo", id), keys);
    await stack.sql`
      insert into public.upstream_oauth_tokens
        (id, organization_id, mcp_server_user_id, oauth_config_id, access_token_ciphertext, client_generation)
      select ${id}, organization_id, mcp_server_user_id, oauth_config_id, ${ciphertext}, client_generation
      from public.upstream_oauth_tokens limit 1`;
  }
  const both = join(otherKeys, newKeys);

  const first = await runTask("reseal", [], both);
  const second = await runTask("reseal", [], both);

  assertStringIncludes(first.stdout, "353 secrets sealed anew");
  assertStringIncludes(second.stdout, "352 rows examined, 0 secrets sealed anew");
});

Deno.test("a project is named by its environment: what is missing is said in one sentence", async () => {
  const ended = await runTask("reseal", [], "");

  assertEquals(ended.code, 1);
  assertEquals(
    ended.stderr.trim(),
    "Cannot read the secrets: GATEPOST_ENCRYPTION_KEYS is not set; run `deno task keys` and set it",
  );
});
