/**
 * Servers without sign-in on the running stack: calls without a login, visitors told apart, and a visitor who logs in.
 *
 * @module
 */

import { hashTrackingId } from "../support/database/rows.ts";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { insert } from "../support/stack/tenant.ts";
import { startWorker, type Worker } from "../support/stack/worker.ts";
import {
  type ClientKind,
  connectClient,
  record,
  type Recording,
} from "../support/client/reference_clients.ts";
import {
  type ReferenceKind,
  type ReferenceServer,
  startReferenceServer,
} from "../support/mcp_server/reference/servers.ts";
import { assertRefused } from "../support/client/refusals.ts";

const stack = await useStack();

/** A server without sign-in beside one with, in one organization. */
interface OpenScene extends Scene {
  server: ReferenceServer;
  open: { id: string; slug: string; mcpUrl: string; issuer: string };
}

async function setOpenScene(kind: ReferenceKind = "SDK 2, stateful"): Promise<OpenScene> {
  const server = startReferenceServer(kind);
  const scene = await setScene(stack);
  const slug = `o-${crypto.randomUUID().slice(0, 13)}`;
  const id = await insert(stack, "mcp_servers", {
    organization_id: scene.tenant.organizationId,
    slug,
    name: "An open server",
    auth_type: "none",
    upstream_url: server.url,
  });
  const { PUBLIC_URL } = stack.status;
  return {
    ...scene,
    server,
    open: { id, slug, mcpUrl: `${PUBLIC_URL}/mcp/${slug}`, issuer: `${PUBLIC_URL}/oauth/${slug}` },
    async [Symbol.asyncDispose](): Promise<void> {
      await scene[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A recording whose requests carry a tracking id. */
function recordVisitor(trackingId: string): Recording {
  const recording = record();
  return {
    ...recording,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set("Gatepost-Tracking-Id", trackingId);
      return recording.fetch(input, { ...init, headers });
    },
  };
}

/** A worker with nothing in its memory, at the stack's address. */
function freshWorker(): Promise<Worker> {
  return startWorker(stack, { config: { publicUrl: stack.status.PUBLIC_URL } });
}

/** Posts a message without a login: to the stack, which hands calls to two workers in turn, or to a worker. */
async function post(
  { open }: OpenScene,
  headers: Record<string, string>,
  worker?: Worker,
): Promise<Response> {
  const init = {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Accept": "application/json, text/event-stream",
      ...headers,
    },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  };
  return worker
    ? await worker.handle(new Request(`http://edge/mcp/${open.slug}`, init))
    : await fetch(open.mcpUrl, init);
}

/** Whom the MCP server was told of, each once; without those calls that came with nobody. */
function listSubjects({ server }: OpenScene): string[] {
  return [...new Set([...server.identities].filter((jwt) => jwt !== "").map((jwt) => decodeJwt(jwt).sub!))];
}

interface Visitor {
  id: string;
  auth_type: string;
  tracking_hash: string | null;
}

async function listUsers({ tenant }: OpenScene): Promise<Visitor[]> {
  const rows = await stack.sql`
    select id, auth_type, tracking_hash from public.mcp_server_user
    where organization_id = ${tenant.organizationId} order by first_seen_at`;
  return rows.map((row) => ({ ...row })) as unknown as Visitor[];
}

async function listSessions({ open }: OpenScene): Promise<string[]> {
  const rows = await stack.sql`
    select mcp_server_user_id from public.mcp_server_session where mcp_server_id = ${open.id} order by first_seen_at`;
  return rows.map((row) => String(row["mcp_server_user_id"]));
}

const pairs: [ReferenceKind, ClientKind][] = [
  ["SDK 1, stateful", "SDK 1"],
  ["SDK 2, stateful", "SDK 2 in 2025-11-25"],
  ["SDK 2, stateless", "SDK 2 in 2026-07-28"],
];
for (const [serverKind, clientKind] of pairs) {
  Deno.test(`a client of ${clientKind} calls a server without sign-in without a login`, async () => {
    await using scene = await setOpenScene(serverKind);
    const recording = recordVisitor("visitor");

    const client = await connectClient(clientKind, scene.open.mcpUrl, undefined, recording);
    const echo = await client.callTool("echo", { value: "said" });
    const greeting = await client.readResource("test://greeting");
    await client.close();

    assert(JSON.stringify([echo, greeting]).includes("said") && JSON.stringify(greeting).includes("Hello"));
    assertEquals(recording.requests.filter((request) => / 40[13]$/.test(request)), []);
    assertEquals(scene.server.bearers, new Set([""]));
    const [user, ...others] = await listUsers(scene);
    assertEquals([user?.auth_type, user?.tracking_hash, others.length], [
      "none",
      hashTrackingId(scene.tenant.organizationId, "visitor"),
      0,
    ]);
    assertEquals(listSubjects(scene), [user!.id]);
    assertEquals(scene.provider.requests().length, 0);
  });
}

Deno.test("a tracking id is one user across sessions and workers, and each session is recorded as that user's", async () => {
  await using scene = await setOpenScene();
  const connect = (trackingId: string): ReturnType<typeof connectClient> =>
    connectClient("SDK 2 in 2025-11-25", scene.open.mcpUrl, undefined, recordVisitor(trackingId));

  const clients = [await connect("ada"), await connect("ada"), await connect("grace")];
  for (const client of clients) {
    await client.callTool("echo", { value: "said" });
  }
  await Promise.all(clients.map((client) => client.close()));
  const sessions = await listSessions(scene);

  const users = await listUsers(scene);
  const hash = (trackingId: string): string => hashTrackingId(scene.tenant.organizationId, trackingId);
  assertEquals(users.map(({ auth_type, tracking_hash }) => [auth_type, tracking_hash]), [
    ["none", hash("ada")],
    ["none", hash("grace")],
  ]);
  const [ada, grace] = users.map(({ id }) => id);
  assertEquals(listSubjects(scene), [ada, grace]);
  assertEquals(sessions, [ada, ada, grace]);
});

Deno.test("both workers of the stack know a visitor by the same id", async () => {
  await using scene = await setOpenScene("SDK 2, stateless");
  const { organizationId } = scene.tenant;

  let asked = 0;
  for (let call = 0; call < 6; call++) {
    await stack.sql`
      update public.mcp_server_user set last_seen_at = 'epoch' where organization_id = ${organizationId}`;
    await (await post(scene, { "Gatepost-Tracking-Id": "visitor" })).body?.cancel();
    const [seen] = await stack.sql`
      select last_seen_at > 'epoch' as now from public.mcp_server_user where organization_id = ${organizationId}`;
    asked += seen?.["now"] ? 1 : 0;
  }

  // Each worker asks once and keeps the answer for half a minute.
  assertEquals(asked, 2);
  assertEquals((await listUsers(scene)).map(({ id }) => id), listSubjects(scene));
  assertEquals([listSubjects(scene).length, scene.server.identities.has("")], [1, false]);
});

Deno.test("the MCP server verifies who calls by the published keys, for itself alone", async () => {
  await using scene = await setOpenScene("SDK 2, stateless");
  await (await post(scene, { "Gatepost-Tracking-Id": "visitor" })).body?.cancel();
  const [jwt = ""] = scene.server.identities;
  const keys = createRemoteJWKSet(new URL(`${stack.status.PUBLIC_URL}/oauth-jwks`));

  const { payload } = await jwtVerify(jwt, keys, {
    issuer: scene.open.issuer,
    audience: scene.server.url,
    typ: "gatepost-user+jwt",
  });

  const { iat: _iat, exp: _exp, ...claims } = payload;
  assertEquals(claims, {
    iss: scene.open.issuer,
    aud: scene.server.url,
    sub: (await listUsers(scene))[0]!.id,
    organization_id: scene.tenant.organizationId,
  });
});

Deno.test("without a tracking id each MCP session is a visitor, and whoever holds its id is that visitor", async () => {
  await using scene = await setOpenScene();
  const connect = (): ReturnType<typeof connectClient> =>
    connectClient("SDK 2 in 2025-11-25", scene.open.mcpUrl, undefined, record());
  const clients = [await connect(), await connect()];
  for (const client of clients) {
    await client.callTool("echo", { value: "said" });
  }
  await Promise.all(clients.map((client) => client.close()));
  const users = await listUsers(scene);

  assertEquals([users.length, (await listSessions(scene)).sort()], [2, users.map(({ id }) => id).sort()]);
  assertEquals(listSubjects(scene).sort(), users.map(({ id }) => id).sort());

  scene.server.identities.clear();
  const session = { "Mcp-Session-Id": "of-somebody-else" };
  await (await post(scene, session)).body?.cancel();
  await (await post(scene, session)).body?.cancel();
  await (await post(scene, { ...session, "Gatepost-Tracking-Id": "somebody" })).body?.cancel();

  const [holder, somebody, ...others] = listSubjects(scene);
  assertNotEquals(holder, somebody);
  assertEquals([others.length, (await listUsers(scene)).length], [0, 4]);
});

Deno.test("a visitor who logs in is claimed, keeps id and history, and is handed on by the tracking id no more", async () => {
  await using scene = await setOpenScene("SDK 2, stateless");
  const tracking = { "Gatepost-Tracking-Id": "visitor" };
  await (await post(scene, { ...tracking, "Mcp-Session-Id": "session" })).body?.cancel();
  const [visitor] = await listUsers(scene);

  const { tokens } = await logIn(scene, { tracking_id: "visitor" });
  scene.server.identities.clear();
  await using worker = await freshWorker();
  const after = await post(scene, tracking, worker);
  await after.text();

  assertEquals(await listUsers(scene), [{ ...visitor!, auth_type: "custom_oauth" }]);
  assertEquals([decodeJwt(tokens.access_token).sub, await listSessions(scene)], [visitor!.id, [visitor!.id]]);
  assertEquals([after.status, scene.server.identities], [200, new Set([""])]);
});

Deno.test("a blocked visitor is kept out, and no other", async () => {
  await using scene = await setOpenScene("SDK 2, stateless");
  await (await post(scene, { "Gatepost-Tracking-Id": "visitor" })).body?.cancel();
  await stack.sql`
    update public.mcp_server_user set blocked_at = now() where organization_id = ${scene.tenant.organizationId}`;
  await using worker = await freshWorker();

  await assertRefused(await post(scene, { "Gatepost-Tracking-Id": "visitor" }, worker), 403, "forbidden");
  const other = await post(scene, { "Gatepost-Tracking-Id": "other" }, worker);
  await other.text();

  assertEquals(other.status, 200);
});

Deno.test("a token that a client sends along is ignored, and reaches the MCP server no more than a forged identity", async () => {
  await using scene = await setOpenScene("SDK 2, stateless");
  const { tokens } = await logIn(scene);

  for (const token of [tokens.access_token, stack.status.PUBLISHABLE_KEY, "nonsense"]) {
    const response = await post(scene, { "Authorization": `Bearer ${token}`, "Gatepost-User": "forged" });
    await response.text();

    assertEquals(response.status, 200);
  }
  assertEquals([scene.server.bearers, scene.server.identities], [new Set([""]), new Set([""])]);
});

Deno.test("a server without sign-in has no login: no document, no registration, no page", async () => {
  await using scene = await setOpenScene("SDK 2, stateless");
  const { issuer, slug } = scene.open;
  for (const name of ["openid-configuration", "oauth-authorization-server", "oauth-protected-resource"]) {
    await assertRefused(await fetch(`${issuer}/.well-known/${name}`), 404, "not_found");
  }
  const registration = await fetch(`${stack.status.PUBLIC_URL}/oauth-register/${slug}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ redirect_uris: ["https://app.example.com/callback"] }),
  });
  const authorization = await fetch(
    `${stack.status.PUBLIC_URL}/oauth-authorize/${slug}?client_id=${scene.client.clientId}`,
    { headers: { Accept: "application/json" }, redirect: "manual" },
  );

  await assertRefused(registration, 404, "not_found");
  assertEquals(
    await assertRefused(authorization, 400, "invalid_request"),
    "Cannot log in: this server has no sign-in",
  );
});
