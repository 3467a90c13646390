import { assertEquals } from "@std/assert";
import { buildCall, daysAgo, record } from "../../support/database/calls.ts";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { issueFamily, makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

/** Each table that still has a text somewhere in a row. */
async function findEverywhere(text: string): Promise<unknown[]> {
  const tables = await owner`
    select relname::text as name from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`;
  const found: unknown[] = [];
  for (const { name } of tables) {
    const rows = await owner`
      select from public.${owner(name)} as entry where strpos(entry::text, ${text}) > 0`;
    found.push(...rows.map(() => name));
  }
  return found;
}

Deno.test("an erasure leaves nothing that names the person, and its receipt does not either", async () => {
  const tenant = await makeTenant(database);
  const { sql, id } = await makePlatformUser(database, tenant.organizationId, "owner");
  const completion = { p_upstream_sub: "ada-lovelace", p_email: "ada@example.com", p_email_verified: true };
  const { userId, familyId, rotation } = await issueFamily(database, tenant, { completion });
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: familyId,
    p_session_hash: newHash(),
  });
  await call(sql, "export_mcp_server_user", { p_mcp_server_user_id: userId });
  const neighbour = await issueFamily(database, tenant);
  await record(service, [
    ...[0, 0, 4].map((days) =>
      buildCall(tenant, {
        mcp_server_user_id: userId,
        started_at: daysAgo(days),
        arguments: { to: "ada@example.com" },
      })
    ),
    buildCall(tenant),
    buildCall(tenant, { mcp_server_user_id: neighbour.userId }),
  ]);

  const { outcome, receipt } = await call(sql, "erase_mcp_server_user", { p_mcp_server_user_id: userId });

  const { receipt_id, erased_at: _when, ...said } = receipt as Row;
  assertEquals([outcome, said], ["erased", {
    organization_id: tenant.organizationId,
    erased_by: id,
    erased: {
      people: 1,
      identities: 1,
      logins: 1,
      upstream_tokens: 1,
      sessions: 1,
      calls: 3,
      days_of_calls: 2,
    },
    audit_events_without_name: 3,
  }]);
  for (const name of [userId, "ada-lovelace", "ada@example.com"]) {
    assertEquals([name, await findEverywhere(name), JSON.stringify(receipt).includes(name)], [
      name,
      [],
      false,
    ]);
  }
  const [event] = await owner`
    select mcp_server_user_id, object_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'user_erased'`;
  assertEquals({ ...event }, { mcp_server_user_id: null, object_id: receipt_id });
  assertEquals((await call(service, "rotate_refresh_token", rotation)).outcome, "unknown");
  assertEquals((await call(service, "rotate_refresh_token", neighbour.rotation)).outcome, "rotated");
});

Deno.test("what an erased person did stays counted, as nobody's, and nobody else's is touched", async () => {
  const tenant = await makeTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");
  const { userId } = await issueFamily(database, tenant);
  const neighbour = await issueFamily(database, tenant);
  const of = (mcp_server_user_id: string | null): Row => buildCall(tenant, { mcp_server_user_id });
  await record(service, [of(userId), of(userId), of(null), of(neighbour.userId)]);
  const readSums = async (): Promise<Row> => ({
    ...(await owner`select * from public.mcp_call_sums where organization_id = ${tenant.organizationId}`)[0],
  });
  const sums = await readSums();

  await call(sql, "erase_mcp_server_user", { p_mcp_server_user_id: userId });

  const days = await owner`
    select mcp_server_user_id, calls, milliseconds from public.mcp_call_days
    where organization_id = ${tenant.organizationId} order by calls`;
  assertEquals(days.map((day) => ({ ...day })), [
    { mcp_server_user_id: neighbour.userId, calls: "1", milliseconds: "100" },
    { mcp_server_user_id: null, calls: "3", milliseconds: "300" },
  ]);
  const calls = await owner`
    select mcp_server_user_id from public.mcp_calls where organization_id = ${tenant.organizationId} order by 1`;
  assertEquals(calls.map(({ mcp_server_user_id }) => mcp_server_user_id), [neighbour.userId, null]);
  assertEquals([await readSums(), sums.calls, sums.last_users], [sums, "4", 2]);
});
