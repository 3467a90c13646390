/**
 * What is recorded of calls, through the embedded stack: compared call by call with what the driver did.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import {
  type ClientKind,
  connectClient,
  record,
  type ReferenceClient,
} from "../support/client/reference_clients.ts";
import {
  type ReferenceKind,
  type ReferenceServer,
  startReferenceServer,
} from "../support/mcp_server/reference/servers.ts";
import { until } from "../support/run/until.ts";
import { type GatewayScene, setGatewayScene } from "../support/stack/gateway_scene.ts";
import { useStack } from "../support/stack/stack.ts";

// One worker: what one sees of a call, such as that it is given up, does not help another.
const stack = await useStack("own");

/** What a driver did: method, name and outcome. */
type Deed = [method: string, name: string, outcome: string];

interface CallRow {
  method: string;
  name: string;
  outcome: string;
  mcp_server_user_id: string | null;
  client_id: string | null;
  session_hash: string | null;
  error_code: number | null;
  http_status: number | null;
  milliseconds: number;
  bytes_in: string;
  bytes_out: string;
  arguments: unknown;
  result: unknown;
}

/** The rows of a tenant's calls, once there are as many as that, in their order. */
async function readRows({ tenant }: Pick<GatewayScene, "tenant">, count: number): Promise<CallRow[]> {
  return await until(`${count} calls are recorded`, async () => {
    const rows = await stack.sql<CallRow[]>`
      select call.*, history.session_hash from public.mcp_calls as call
      left join public.mcp_server_session as history on history.id = call.mcp_session_id
      where call.organization_id = ${tenant.organizationId}
      order by call.started_at, call.id`;
    return rows.length >= count && [...rows];
  });
}

Deno.test("a call that a client of SDK 2 in 2026-07-28 gives up is recorded as cancelled", async () => {
  await using server = startReferenceServer("SDK 2, stateless");
  await using scene = await setGatewayScene(stack, { server: { upstream_url: server.url } });
  const client = await connectClient("SDK 2 in 2026-07-28", scene.tenant.mcpUrl, scene.accessToken, record());

  const deed = await giveUp(client, server);
  await client.close();

  const rows = await readRows(scene, 1);
  assertEquals(rows.map(({ method, name, outcome }) => [method, name, outcome]), [deed]);
});

// The last closes its connection to give up. After other answers on it Deno's server, which the local front
// is, does not always notice, so that is a test of its own.
const pairs: [ReferenceKind, ClientKind, givesUp: boolean][] = [
  ["SDK 1, stateful", "SDK 1", true],
  ["SDK 2, stateful", "SDK 2 in 2025-11-25", true],
  ["SDK 2, stateless", "SDK 2 in 2026-07-28", false],
];
for (const [serverKind, clientKind, givesUp] of pairs) {
  Deno.test(`calls of a client of ${clientKind} at a server of ${serverKind} are recorded one by one`, async () => {
    await using server = startReferenceServer(serverKind);
    await using scene = await setGatewayScene(stack, { server: { upstream_url: server.url } });
    const wire = record();
    const client = await connectClient(clientKind, scene.tenant.mcpUrl, scene.accessToken, wire);

    const deeds = await exercise(client, server, givesUp);
    await client.close();

    const rows = await readRows(scene, deeds.length);
    assertEquals(
      rows.map(({ method, name, outcome }) => [method, name, outcome]).toSorted(),
      deeds.toSorted(),
    );
    const sessionId = /"mcp-session-id","([^"]+)"/.exec(wire.received())?.[1];
    for (const row of rows) {
      assertEquals([row.mcp_server_user_id, row.client_id, row.arguments, row.result], [
        String(decodeJwt(scene.accessToken).sub),
        scene.client.clientId,
        null,
        null,
      ]);
      assertEquals(row.session_hash, sessionId === undefined ? null : hashSecret(sessionId));
      assertEquals([Number(row.bytes_in) > 50, row.milliseconds >= 0], [true, true]);
    }
  });
}

/** Does what can be done, and says what came of it. */
async function exercise(client: ReferenceClient, server: ReferenceServer, givesUp: boolean): Promise<Deed[]> {
  const deeds: Deed[] = [];
  const attempt = async (method: string, name: string, call: Promise<unknown>): Promise<void> => {
    const outcome = await call.then(
      (result) => (result as { isError?: boolean }).isError === true ? "tool_error" : "ok",
      () => "rpc_error",
    );
    deeds.push([method, name, outcome]);
  };
  await client.listTools();
  await attempt("resources/read", "test://greeting", client.readResource("test://greeting"));
  await attempt("resources/read", "test://nowhere", client.readResource("test://nowhere"));
  await attempt("prompts/get", "greet", client.getPrompt("greet", { name: "Ada" }));
  await attempt("tools/call", "echo", client.callTool("echo", { value: 'ünï\u2028 "quoted" 漢字' }));
  await attempt("tools/call", "no-such-tool", client.callTool("no-such-tool", {}));
  await attempt("tools/call", "count", client.callTool("count", { to: 5 }, { onprogress: () => undefined }));
  await attempt("tools/call", "large", client.callTool("large", { bytes: 1_000_000 }));
  if (givesUp) {
    deeds.push(await giveUp(client, server));
  }
  await Promise.all(
    Array.from(
      { length: 5 },
      (_, at) => attempt("tools/call", "echo", client.callTool("echo", { value: `${at}` })),
    ),
  );
  return deeds;
}

/** Calls a tool that does not end, and gives up. */
async function giveUp(client: ReferenceClient, server: ReferenceServer): Promise<Deed> {
  const name = crypto.randomUUID();
  const givingUp = new AbortController();
  const call = client.callTool("wait", { name }, { signal: givingUp.signal }).catch(() => undefined);
  await server.sightings.started(name);
  givingUp.abort();
  await call;
  await server.sightings.cancelled(name);
  return ["tools/call", "wait", "cancelled"];
}
