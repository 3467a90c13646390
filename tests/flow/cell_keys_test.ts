/**
 * `deno task keys --cell URL`: keys of a further project behind an origin, whose projects publish one set of keys.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parseSigningKeys } from "../../functions/_shared/tokens/signing_keys.ts";
import { makeSigningKeySet } from "../support/functions/keys.ts";

const first = JSON.parse(await makeSigningKeySet("first"));

Deno.test("a further cell signs with a key of its own and publishes those of the origin", async () => {
  const { publicKeys } = await parseSigningKeys(JSON.stringify(first));
  const { promise: asked, resolve } = Promise.withResolvers<string>();
  await using origin = serve((request) => {
    resolve(new URL(request.url).pathname);
    return Response.json(publicKeys);
  });

  const { stdout } = await makeKeys(`${origin.url}/`);

  const variables = stdout.trim().split("\n");
  const [, signing = ""] = /^GATEPOST_SIGNING_KEYS='(.*)'$/.exec(variables[0] ?? "") ?? [];
  const [, publicHalf = ""] = /every other cell: (.*)$/.exec(variables[2] ?? "") ?? [];
  const cell = await parseSigningKeys(signing);
  const widened = await parseSigningKeys(JSON.stringify({ keys: [...first.keys, JSON.parse(publicHalf)] }));
  assertEquals(await asked, "/oauth-jwks");
  assert(variables[1]?.startsWith("GATEPOST_ENCRYPTION_KEYS="));
  assertEquals(cell.publicKeys.keys.map(({ kid }) => kid), [cell.kid, "first"]);
  assertEquals([JSON.parse(signing).keys.length, "d" in JSON.parse(signing).keys[1]], [2, false]);
  assertEquals(widened.publicKeys.keys, cell.publicKeys.keys.toReversed());
  assertEquals("d" in JSON.parse(publicHalf), false);
});

Deno.test("an origin that publishes no keys is said in one sentence, and no key is made", async () => {
  await using origin = serve(() => Response.json({ error: "not_found" }, { status: 404 }));

  const { code, stdout, stderr } = await makeKeys(origin.url);

  assertEquals([code, stdout], [1, ""]);
  assertEquals(
    stderr.trim(),
    `Cannot read the published keys at ${origin.url}/oauth-jwks: The answer is 404 and no set of keys`,
  );
});

async function makeKeys(url: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = new URL("../../supabase/commands/keys.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-net", "--allow-read", "--allow-env", script, "--cell", url],
    env: { NO_COLOR: "1" },
  }).output();
  const read = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: read(stdout), stderr: read(stderr) };
}

function serve(handle: (request: Request) => Response): { url: string } & AsyncDisposable {
  const listening = { hostname: "127.0.0.1", port: 0, onListen: (): void => undefined };
  const server = Deno.serve(listening, handle);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
