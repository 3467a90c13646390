/**
 * What an owner revokes through supabase-js, from what the views say, ends at the gateway.
 */

import { assertEquals } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import { signInMember } from "../support/client/platform_user.ts";
import {
  freshWorker,
  type GatewayScene,
  readStatuses,
  refreshLogin,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

type Connection = Record<string, string>;
const REVOKE: [what: string, name: string, args: (connection: Connection) => Record<string, unknown>][] = [
  ["one connection", "revoke_mcp_connection", (connection) => ({
    p_mcp_server_user_id: connection["mcp_server_user_id"],
    p_mcp_client_registration_id: connection["mcp_client_registration_id"],
  })],
  ["a client", "revoke_mcp_client_connections", (connection) => ({
    p_mcp_client_registration_id: connection["mcp_client_registration_id"],
  })],
  ["a server", "revoke_mcp_server_connections", (connection) => ({
    p_mcp_server_id: connection["mcp_server_id"],
  })],
  ["an organization", "revoke_organization_connections", (connection) => ({
    p_organization_id: connection["organization_id"],
  })],
  ["a person who is erased", "erase_mcp_server_user", (connection) => ({
    p_mcp_server_user_id: connection["mcp_server_user_id"],
  })],
];

for (const [what, name, args] of REVOKE) {
  Deno.test(`${what}: the access token ends half a minute later at the latest, refresh and vault at once`, async () => {
    await using scene = await setGatewayScene(stack);
    const { client } = await signInMember(stack, scene.tenant.organizationId);
    let passed = 0;
    await using keeping = await freshWorker(scene, { now: () => Date.now() + passed });
    await using fresh = await freshWorker(scene);
    const before = await readStatuses([await keeping.call(scene)]);
    const [connection] = await read(client, "mcp_connections");

    const { data, error } = await client.rpc(name, args(connection as Connection));

    const atOnce = await readStatuses([await fresh.call(scene)]);
    passed = 30_001;
    const later = await readStatuses([await keeping.call(scene)]);
    assertEquals([error, before, atOnce, later], [null, [200], [401], [401]]);
    assertEquals(["revoked", "erased"].includes(data.outcome), true);
    assertEquals((await refreshLogin(scene)).error, "invalid_grant");
    assertEquals(await countLiving(scene), 0);
    assertEquals(await read(client, "mcp_connections"), []);
  });
}

async function read(client: SupabaseClient, view: string): Promise<Record<string, unknown>[]> {
  const { data, error } = await client.from(view).select("*");
  assertEquals(error, null);
  return data!;
}

async function countLiving({ tenant }: GatewayScene): Promise<unknown> {
  const [row] = await stack.sql`
    select count(*)::integer as count from public.upstream_oauth_tokens
    where organization_id = ${tenant.organizationId} and ended_at is null`;
  return row!["count"];
}
