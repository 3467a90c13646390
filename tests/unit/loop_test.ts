import { assertEquals, assertRejects } from "@std/assert";
import { buildLoopGuard, type LoopGuard } from "../../functions/mcp/forward/loop.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import type { EncryptionKeys } from "../../functions/_shared/secrets/encryption.ts";

const PUBLIC_URL = "https://auth.example.com/functions/v1";
const SERVER_URL = "https://mcp.example.com/mcp";

function buildKeys(...fills: number[]): EncryptionKeys {
  const entries = fills.map((fill): [string, Uint8Array] => [`key-${fill}`, new Uint8Array(32).fill(fill)]);
  return { sealing: entries[0]![0], keys: new Map(entries) };
}

function buildGuard(keys = buildKeys(1)): LoopGuard {
  return buildLoopGuard({ publicUrl: PUBLIC_URL, encryptionKeys: keys });
}

/** A call as the next hop receives it. */
async function passOn(guard: LoopGuard, headers: HeadersInit = {}): Promise<Request> {
  return new Request(SERVER_URL, { headers: [await guard.mark(new Request(SERVER_URL, { headers }))] });
}

async function refusal(guard: LoopGuard, request: Request, url = SERVER_URL): Promise<string> {
  const error = await assertRejects(() => guard.check(request, url), OAuthError);
  return `${error.status} ${error.reason}`;
}

Deno.test("a call that passed this gateway is refused when it comes back", async () => {
  const guard = buildGuard();

  await guard.check(new Request(SERVER_URL), SERVER_URL);
  assertEquals(await refusal(guard, await passOn(guard)), "508 call_loops");
});

Deno.test("a call is refused after a rotation of the keys, too, and behind others' entries", async () => {
  const others = { "CDN-Loop": "cdn.example; n=1" };
  const marked = await passOn(buildGuard(buildKeys(1)), others);

  assertEquals(marked.headers.get("CDN-Loop")?.startsWith("cdn.example; n=1, gatepost; mark="), true);
  assertEquals(await refusal(buildGuard(buildKeys(2, 1)), marked), "508 call_loops");
});

Deno.test("the mark of another deployment, and one that somebody made up, are no loop", async () => {
  const guard = buildGuard();

  await guard.check(await passOn(buildGuard(buildKeys(9))), SERVER_URL);
  await guard.check(new Request(SERVER_URL, { headers: { "CDN-Loop": 'gatepost; mark="x"' } }), SERVER_URL);
});

const OWN = [
  `${PUBLIC_URL}/mcp/demo`,
  `${PUBLIC_URL}/mcp/demo?x=1`,
  `${PUBLIC_URL}//mcp/demo`,
  `${PUBLIC_URL}/oauth-token/demo`,
  `${PUBLIC_URL}/oauth/demo`,
  "https://AUTH.example.com:443/functions/v1/mcp/another",
  "http://auth.example.com/functions/v1/mcp/demo",
];
for (const url of OWN) {
  Deno.test(`an MCP server at ${url} is the gateway itself`, async () => {
    assertEquals(await refusal(buildGuard(), new Request(SERVER_URL), url), "508 mcp_server_is_gateway");
  });
}

const FOREIGN = [
  `${PUBLIC_URL}/mcp-server`,
  `${PUBLIC_URL}/own-function/mcp/demo`,
  "https://auth.example.com/mcp/demo",
  "https://mcp.example.com/functions/v1/mcp/demo",
];
for (const url of FOREIGN) {
  Deno.test(`an MCP server at ${url} is not the gateway`, async () => {
    await buildGuard().check(new Request(SERVER_URL), url);
  });
}
