/**
 * What becomes of registrations when the places of their source, or of the server, are taken.
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { countBounded, fillClients } from "../../support/database/bounds.ts";
import { countOutcomes, runAtOnce } from "../../support/database/parallel.ts";
import { makeTenant, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const crowd = database.openService(20);
await runAtOnce(20, () => crowd`select pg_sleep(0.02)`);
Deno.test.afterAll(() => database.close());

function register(tenant: Tenant, changes: Row = {}, sql = service): Promise<Row> {
  return call(sql, "register_mcp_client", {
    p_slug: tenant.slug,
    p_initial_access_token_hash: null,
    p_client_secret_hash: null,
    p_token_endpoint_auth_method: "none",
    p_client_name: "Client",
    p_redirect_uris: ["https://flood.example/callback"],
    p_grant_types: ["authorization_code"],
    p_client_metadata: {},
    p_source: "flood",
    ...changes,
  });
}

const honest = { p_source: "other", p_redirect_uris: ["https://client.example.com/callback"] };

Deno.test("of a full source the oldest of those drawn makes room, and the source grows no more", async () => {
  const tenant = await makeTenant(database);
  await fillClients(owner, tenant, "flood");
  const before = await countBounded(owner, tenant);

  for (let count = 0; count < 20; count++) {
    assertEquals((await register(tenant)).outcome, "registered");
  }

  assertEquals(await countBounded(owner, tenant), before);
});

Deno.test("a full source that registered within the last minute is crowded, stores nothing and takes nothing from another", async () => {
  const tenant = await makeTenant(database);
  await fillClients(owner, tenant, "flood", { age: "30 seconds" });
  const before = await countBounded(owner, tenant);

  const refused = await register(tenant);
  const other = await register(tenant, honest);

  assertEquals([refused.outcome, other.outcome], ["crowded", "registered"]);
  assertEquals(await countBounded(owner, tenant), { ...before, clients: before.clients + 1 });
});

Deno.test("clients in the middle of a login make no room, and those whose login is over do", async () => {
  const tenant = await makeTenant(database);
  await fillClients(owner, tenant, "flood", { age: "1 hour", approved: "9 minutes" });
  const during = await register(tenant);
  await owner`update public.mcp_client_registrations set last_used_at = now() - interval '11 minutes'
    where source = 'flood' and mcp_server_id = ${tenant.serverId}`;
  const afterwards = await register(tenant);

  assertEquals([during.outcome, afterwards.outcome], ["crowded", "registered"]);
});

Deno.test("one source takes no client of another, however much it registers", async () => {
  const tenant = await makeTenant(database);
  await register(tenant, honest);
  await owner`update public.mcp_client_registrations set created_at = now() - interval '1 hour'
    where mcp_server_id = ${tenant.serverId}`;
  await fillClients(owner, tenant, "flood");

  for (let count = 0; count < 300; count++) {
    await register(tenant);
  }

  const [row] = await owner`select count(*)::integer as count from public.mcp_client_registrations
    where mcp_server_id = ${tenant.serverId} and source = 'other'`;
  assertEquals(row?.count, 1);
});

Deno.test("a source whose own clients are all new takes none of another, though those beside them are old", async () => {
  const tenant = await makeTenant(database);
  await fillClients(owner, tenant, "flood", { age: "30 seconds" });
  await owner`update public.mcp_client_registrations
    set source = 'other', created_at = now() - interval '1 hour'
    where mcp_server_id = ${tenant.serverId} and slot % 8 = 0`;
  const before = await countBounded(owner, tenant);

  const outcomes = [];
  for (let count = 0; count < 20; count++) {
    outcomes.push(await register(tenant));
  }

  assertEquals(countOutcomes(outcomes), { crowded: 20 });
  assertEquals(await countBounded(owner, tenant), before);
});

Deno.test("in a full server a new source gets the place of an old client", async () => {
  const tenant = await makeTenant(database);
  await owner`
    insert into public.mcp_client_registrations
      (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types,
       created_at, source, slot)
    select ${tenant.organizationId}, ${tenant.serverId}, 'rest-' || slot, 'dynamic', 'none',
      array['https://flood.example/callback'], array['authorization_code'], now() - interval '1 hour', 'rest', slot
    from generate_series(0, 59999) as slot
    on conflict do nothing`;
  const before = await countBounded(owner, tenant);

  const registered = await register(tenant, honest);

  assertEquals([registered.outcome, await countBounded(owner, tenant)], ["registered", before]);
});

Deno.test("without an address the place that the redirect leads to is the source", async () => {
  const tenant = await makeTenant(database);
  await fillClients(owner, tenant, "flood.example", { age: "30 seconds" });

  const outcomes = [];
  for (
    const uri of [
      "https://flood.example/callback",
      "https://client.example.com/callback",
      "cursor://anysphere.cursor-mcp/oauth/callback",
      "http://127.0.0.1:33418/",
    ]
  ) {
    outcomes.push((await register(tenant, { p_source: null, p_redirect_uris: [uri] })).outcome);
  }

  assertEquals(outcomes, ["crowded", "registered", "registered", "registered"]);
});

Deno.test("a place that a login has made last is free again", async () => {
  const tenant = await makeTenant(database);
  await fillClients(owner, tenant, "flood", { age: "30 seconds" });
  await owner`update public.mcp_client_registrations set expires_at = null, slot = null, first_used_at = now()
    where mcp_server_id = ${tenant.serverId} and source = 'flood' and slot % 20 <> 0`;

  assertEquals((await register(tenant)).outcome, "registered");
});

Deno.test("many registrations at once are all stored, each in a place of its own", async () => {
  const tenant = await makeTenant(database);
  const rows: Row[] = [];
  for (let round = 0; round < 10; round++) {
    rows.push(...await runAtOnce(20, () => register(tenant, {}, crowd)));
  }

  assertEquals(countOutcomes(rows), { registered: 200 });
  assertEquals((await countBounded(owner, tenant)).clients, 201);
});

Deno.test("registrations of one hour are counted in one row, which names the last", async () => {
  const tenant = await makeTenant(database);
  const read = async (): Promise<Row[]> =>
    (await owner`
      select client_id, occurrences from public.mcp_audit_events
      where organization_id = ${tenant.organizationId} and event = 'client_registered'`).map((event) => ({
      ...event,
    }));

  let last: Row = {};
  for (let count = 0; count < 5; count++) {
    last = await register(tenant);
  }
  const counted = await read();
  await owner`update public.mcp_audit_events set repeat_key = gen_random_uuid()
    where organization_id = ${tenant.organizationId}`;
  await register(tenant);

  assertEquals(counted, [{ client_id: last.client_id, occurrences: 5 }]);
  assertEquals((await read()).length, 2);
});
