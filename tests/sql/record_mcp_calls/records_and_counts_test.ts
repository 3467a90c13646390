/**
 * What a recorded call becomes: a row, and counts of its person, its server and its tool.
 */

import { assertEquals } from "@std/assert";
import { buildCall, dayOf, daysAgo, record } from "../../support/database/calls.ts";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newHash, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

async function read(table: string, { organizationId }: Tenant): Promise<Row[]> {
  return [
    ...await owner`
    select * from public.${owner(table)} where organization_id = ${organizationId} order by 1, 2, 3, 4`,
  ];
}

Deno.test("a call of a known person is a row with its session, its client and what came of it", async () => {
  const tenant = await makeTenant(database, { server: { record_payloads: "all" } });
  const { userId, familyId } = await issueFamily(database, tenant);
  const session_hash = newHash();
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: familyId,
    p_session_hash: session_hash,
  });
  const started_at = new Date().toISOString();

  const answer = await record(service, [
    buildCall(tenant, {
      mcp_server_user_id: userId,
      session_hash,
      client_id: tenant.clientId,
      started_at,
      milliseconds: 12.4,
      outcome: "rpc_error",
      error_code: -32602,
      arguments: { a: 1 },
      result: { content: [] },
    }),
  ]);

  const [{ id: _id, keep_until, ...row } = {}, ...others] = await read("mcp_calls", tenant);
  const [session] = await read("mcp_server_session", tenant);
  assertEquals([answer, others], [[1, 0], []]);
  assertEquals(row, {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    mcp_server_user_id: userId,
    mcp_session_id: session!.id,
    client_id: tenant.clientId,
    method: "tools/call",
    name: "add",
    started_at: new Date(started_at),
    milliseconds: 12,
    outcome: "rpc_error",
    error_code: -32602,
    http_status: 200,
    bytes_in: "120",
    bytes_out: "480",
    arguments: { a: 1 },
    result: { content: [] },
    merge_id: null,
  });
  assertEquals(keep_until, new Date(`${dayOf(-30)}T00:00:00Z`));
});
