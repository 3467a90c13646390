/**
 * The lists of people and of connections begin in the order of an index, however many there are; and what moves with
 * each login, refresh and call is in none.
 */

import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { filled, fillUsers, prepareFilling, settle } from "../../support/database/fill.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { buildLogin, newHash } from "../../support/database/rows.ts";

const PEOPLE = 20_000;
/** Pages of memory for fifty lines and what belongs to each. */
const FEW = 3_000;
const database = await openDatabase();
const { owner, service } = database;
Deno.test.afterAll(() => database.close());

const admin = postgres(database.adminUrl, { max: 1, onnotice: () => undefined });
await prepareFilling(admin);
await fillUsers(admin, 1, PEOPLE);
await admin`
  update public.mcp_server_user set first_seen_at = now() - random() * interval '1 year'
  where organization_id = ${filled.organizationId}`;
await admin`
  update public.mcp_proxy_tokens set created_at = now() - random() * interval '20 days'
  where organization_id = ${filled.organizationId}`;
await settle(admin);
await admin.end();
const { sql } = await makePlatformUser(database, filled.organizationId);

const pages: [view: string, order: string, key: string][] = [
  ["mcp_people", "first_seen_at", "mcp_server_user_id"],
  ["mcp_connections", "last_login_at", "mcp_server_user_id desc, mcp_client_registration_id"],
];
for (const [view, order, key] of pages) {
  for (const behind of ["", ` and ${order} <= now() - interval '5 days'`]) {
    Deno.test(`fifty lines of ${view}${behind === "" ? "" : " in the middle"} read few pages of memory at ${PEOPLE} people`, async () => {
      const [row] = await sql.unsafe(
        `explain (analyze, buffers, format json) select * from public.${view}
          where organization_id = '${filled.organizationId}'${behind} order by ${order} desc, ${key} desc limit 51`,
      );
      const [{ Plan: plan }] = row?.["QUERY PLAN"] as [{ Plan: Record<string, number> }];

      const read = plan["Shared Hit Blocks"]! + plan["Shared Read Blocks"]!;
      assertEquals(plan["Actual Rows"], 51);
      assert(read <= FEW, `${read} pages`);
    });
  }
}

Deno.test(`a person is found by the subject alone at ${PEOPLE} people, and few pages of memory are read`, async () => {
  const [row] = await sql.unsafe(
    `explain (analyze, buffers, format json) select mcp_server_user_id from public.mcp_server_user_identities
      where organization_id = '${filled.organizationId}' and subject = 'subject-777' limit 50`,
  );
  const [{ Plan: plan }] = row?.["QUERY PLAN"] as [{ Plan: Record<string, number> }];

  const read = plan["Shared Hit Blocks"]! + plan["Shared Read Blocks"]!;
  assertEquals(plan["Actual Rows"], 1);
  assert(read <= 20, `${read} pages`);
});

Deno.test("a login, a refresh and a call of a known person touch no index of what they move", async () => {
  const n = 7;
  const [hashes] = await owner`
    select numbered.hash('handle', ${n}) as handle, numbered.hash('refresh', ${n}) as refresh,
      numbered.id('mcpt_', ${n}) as family, numbered.hash('session', ${n}) as session`;
  const login = buildLogin(filled, {
    p_upstream_sub: `subject-${n}`,
    p_upstream_issuer: "https://login.example.com",
    p_access_token: null,
    p_refresh_token: null,
  });
  const rotation: Row = {
    p_slug: filled.slug,
    p_client_id: filled.clientId,
    p_client_secret_hash: null,
    p_handle_hash: hashes?.handle,
    p_refresh_hash: hashes?.refresh,
    p_next_refresh_hash: newHash(),
    p_successor_ciphertext: "sealed",
    p_resource: null,
  };
  // Room on the page for another version of the row, and the first login and refresh of the day.
  await owner.unsafe("vacuum public.mcp_server_user, public.mcp_proxy_tokens, public.mcp_server_session");
  await owner`select pg_stat_force_next_flush()`;

  const outcomes: unknown[] = [];
  const writes = await owner.begin(async (transaction) => {
    const run = async (name: string, args: Row): Promise<void> => {
      outcomes.push((await call(transaction as unknown as typeof service, name, args)).outcome);
    };
    await run("provision_mcp_server_user", login);
    await run("rotate_refresh_token", rotation);
    await run("open_mcp_call", {
      p_slug: filled.slug,
      p_family_id: hashes?.family,
      p_session_hash: hashes?.session,
    });
    return await transaction`
      select relname, (n_tup_upd - n_tup_hot_upd)::integer as touching
      from pg_catalog.pg_stat_xact_user_tables
      where schemaname = 'public' and n_tup_upd > 0 order by relname`;
  });

  assertEquals(outcomes, ["matched", "rotated", "open"]);
  assertEquals(writes.map((write) => ({ ...write })), [
    { relname: "mcp_proxy_tokens", touching: 0 },
    { relname: "mcp_server_session", touching: 0 },
    { relname: "mcp_server_user", touching: 0 },
  ]);
});
