/**
 * What becomes of approvals when the places of their source, or of the server, are taken.
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { countBounded, fillClients, fillSessions } from "../../support/database/bounds.ts";
import { countOutcomes, runAtOnce } from "../../support/database/parallel.ts";
import { buildApproval, issueCode, makeTenant, newHash, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const crowd = database.openService(20);
await runAtOnce(20, () => crowd`select pg_sleep(0.02)`);
Deno.test.afterAll(() => database.close());

async function approve(tenant: Tenant, changes: Row = {}, sql = service): Promise<unknown> {
  return (await call(sql, "open_authorization_session", buildApproval(tenant, changes))).outcome;
}

Deno.test("a client of no finished login has at most 20 logins under way, and its own oldest make room", async () => {
  const tenant = await makeTenant(database);
  const outcomes: Row[] = [];
  for (let count = 0; count < 100; count++) {
    outcomes.push({ outcome: await approve(tenant) });
  }

  const { logins } = await countBounded(owner, tenant);
  assertEquals(countOutcomes(outcomes), { opened: 100 });
  assertEquals([logins <= 20, logins > 8], [true, true]);
});

Deno.test("a login under way makes no room for another client's, and a server full of such is crowded", async () => {
  const tenant = await makeTenant(database);
  await issueCode(service, tenant);
  await fillSessions(owner, tenant);
  const before = await countBounded(owner, tenant);

  assertEquals(await approve(tenant), "crowded");
  assertEquals(await countBounded(owner, tenant), before);
});

for (
  const [how, change] of [
    ["has expired", "created_at = now() - interval '11 minutes'"],
    ["has completed", "claimed_at = now(), completed_at = now()"],
    ["has failed", "claimed_at = now(), completed_at = null, failed_at = now()"],
  ] as const
) {
  Deno.test(`a login that ${how} makes room`, async () => {
    const tenant = await makeTenant(database);
    await issueCode(service, tenant);
    await fillSessions(owner, tenant);
    await owner.unsafe(`update public.mcp_authorization_sessions set ${change}
      where mcp_server_id = '${tenant.serverId}'`);
    const before = await countBounded(owner, tenant);

    assertEquals(await approve(tenant), "opened");
    assertEquals(await countBounded(owner, tenant), before);
  });
}

Deno.test("a full source leaves room for another's logins", async () => {
  const tenant = await makeTenant(database);
  await issueCode(service, tenant);
  await fillSessions(owner, tenant, { source: "flood" });

  const outcomes = [
    await approve(tenant, { p_source: "flood" }),
    await approve(tenant, { p_source: "other" }),
    await approve(tenant, { p_source: null }),
  ];

  assertEquals(outcomes, ["crowded", "opened", "opened"]);
});

Deno.test("metadata documents that led to no login take places as registrations do", async () => {
  const tenant = await makeTenant(database);
  await fillClients(owner, tenant, "flood", { age: "30 seconds" });
  const document = (p_source: string): Row => ({
    p_client_id: "https://flood.example/metadata.json",
    p_metadata_document: { client_name: "Flood", redirect_uris: ["https://flood.example/callback"] },
    p_source,
  });
  const before = await countBounded(owner, tenant);

  const outcomes = [await approve(tenant, document("flood")), await approve(tenant, document("other"))];

  assertEquals(outcomes, ["crowded", "opened"]);
  assertEquals((await countBounded(owner, tenant)).clients, before.clients + 1);
});

Deno.test("many approvals at once are all opened, and a form among them once", async () => {
  const tenant = await makeTenant(database);
  await issueCode(service, tenant);
  const rows: Row[] = [];
  for (let round = 0; round < 10; round++) {
    const p_form_hash = newHash();
    rows.push(
      ...await runAtOnce(20, async (index) => ({
        outcome: await approve(tenant, index < 10 ? { p_form_hash } : {}, crowd),
      })),
    );
  }

  assertEquals(countOutcomes(rows), { opened: 110, form_replayed: 90 });
});

Deno.test("first approvals of one metadata document at once store one client", async () => {
  const tenant = await makeTenant(database);
  const document = {
    p_client_id: "https://client.example.com/metadata.json",
    p_metadata_document: { client_name: "Client", redirect_uris: ["https://client.example.com/callback"] },
  };

  const rows = await runAtOnce(20, async () => ({ outcome: await approve(tenant, document, crowd) }));

  assertEquals(rows.every(({ outcome }) => outcome === "opened"), true);
  assertEquals((await countBounded(owner, tenant)).clients, 2);
});
