/**
 * Authlib, the OAuth client of many Python programs, as Debian ships it.
 *
 * Where it is not installed the tests are skipped, and the run says so.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { exportJWK, exportPKCS8, generateKeyPair, type JWK } from "jose";
import { splitLines } from "../../supabase/local/processes/lines.ts";
import { walkLogin } from "../../supabase/commands/login/walk_login.ts";
import { discover, REDIRECT_URI, register } from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const PYTHON = "/usr/bin/python3";
const PROGRAM = new URL("authlib_program.py", import.meta.url).pathname;

const hasAuthlib = await new Deno.Command(PYTHON, { args: ["-c", "import authlib, requests"] }).output().then(
  ({ success }) => success,
  () => false,
);
if (!hasAuthlib) {
  // deno-lint-ignore no-console
  console.log(`Skipping Authlib: ${PYTHON} does not have it`);
}

const stack = await useStack("own");

for (const method of ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"]) {
  Deno.test({
    name: `Authlib logs in, checks the id_token, refreshes and revokes with ${method}`,
    ignore: !hasAuthlib && !Deno.env.get("CI"),
    async fn(): Promise<void> {
      const { privateKey, jwks } = await makeKey();
      const { clientId, clientSecret, discovery } = await register(await discover(stack.status.MCP_URL), {
        token_endpoint_auth_method: method,
        ...(method === "private_key_jwt" ? { jwks } : {}),
      });
      await using program = startProgram();

      await program.say({
        method,
        issuer: discovery.issuer,
        client_id: clientId,
        secret_or_key: method === "private_key_jwt" ? privateKey : clientSecret ?? null,
        redirect_uri: REDIRECT_URI,
      });
      const authorizeUrl = await program.hear() as string;
      await program.say((await walkLogin(authorizeUrl, { userName: "ada" })).href);
      const { sub, ...seen } = await program.hear() as Record<string, unknown>;

      assertMatch(String(sub), /^mcpu_/);
      assertEquals(seen, { before: sub, after: sub, rotated: true, revoked: 200, ended: 401 });
    },
  });
}

/** A key as Authlib signs with it when it is told nothing else: RSA, and without an id. */
async function makeKey(): Promise<{ privateKey: string; jwks: { keys: JWK[] } }> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return { privateKey: await exportPKCS8(privateKey), jwks: { keys: [await exportJWK(publicKey)] } };
}

interface Program extends AsyncDisposable {
  say(message: unknown): Promise<void>;
  /** The next message, or an error with what the program has complained of. */
  hear(): Promise<unknown>;
}

/** Speaks with the program by lines of JSON. */
function startProgram(): Program {
  const process = new Deno.Command(PYTHON, {
    args: [PROGRAM],
    // The stack speaks plain http, on loopback only.
    env: { AUTHLIB_INSECURE_TRANSPORT: "1", NO_PROXY: "127.0.0.1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = process.stdin.getWriter();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines()).getReader();
  const complaint = new Response(process.stderr).text();
  return {
    async say(message): Promise<void> {
      await input.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`)).catch(() => undefined);
    },
    async hear(): Promise<unknown> {
      const { value } = await lines.read();
      if (value === undefined) {
        throw new Error(await complaint);
      }
      return JSON.parse(value);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await input.close().catch(() => undefined);
      await lines.cancel();
      await Promise.all([process.status, complaint]);
    },
  };
}
