import { assertEquals, assertNotEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import {
  buildLogin,
  hashTrackingId,
  insertRow,
  makeTenant,
  newHash,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

/** A tenant whose provider tells no identity, with a server without sign-in beside the one it has. */
async function makeOpenTenant(): Promise<Tenant & { openSlug: string }> {
  const tenant = await makeTenant(database, { config: { identity_source: "none" } });
  const openSlug = newName("open");
  await insertRow(owner, "mcp_servers", {
    organization_id: tenant.organizationId,
    slug: openSlug,
    name: "Open server",
    auth_type: "none",
    upstream_url: "https://mcp.example.com/mcp",
  });
  return { ...tenant, openSlug };
}

/** Every tracking id that a test has used: the database does not tell them. */
const presented = new Set<string>();

function open({ openSlug }: { openSlug: string }, p_tracking_id: string): Promise<Row> {
  presented.add(p_tracking_id);
  return call(service, "open_anonymous_call", { p_slug: openSlug, p_tracking_id, p_session_hash: newHash() });
}

/** The days that each user of an organization is still kept, by tracking id; null for ever. */
async function readDays({ organizationId }: Tenant): Promise<Record<string, number | null>> {
  const users = await owner`
    select tracking_hash, keep_until - (now() at time zone 'UTC')::date as days
    from public.mcp_server_user where organization_id = ${organizationId}`;
  const names = new Map([...presented].map((id) => [hashTrackingId(organizationId, id), id] as const));
  return Object.fromEntries(users.map(({ tracking_hash, days }) => [names.get(tracking_hash), days]));
}

/** Lets so many days pass for an organization's visitors and their sessions. */
async function passDays({ organizationId }: Tenant, days: number): Promise<void> {
  await owner`update public.mcp_server_user set keep_until = keep_until - ${days}::integer
    where organization_id = ${organizationId}`;
}

async function purge(): Promise<unknown> {
  return (await call(service, "purge_expired", { p_limit: 1000 })).purge_expired;
}

Deno.test("a visitor is kept for as long as the organization keeps audit events, from each visit on", async () => {
  const tenant = await makeOpenTenant();
  await owner`update public.organizations set audit_retention_days = 30 where id = ${tenant.organizationId}`;
  await open(tenant, "visitor");
  const first = await readDays(tenant);
  await passDays(tenant, 29);
  await open(tenant, "visitor");

  assertEquals([first, await readDays(tenant)], [{ visitor: 30 }, { visitor: 30 }]);
});

Deno.test("purge_expired forgets a visitor whom nobody has seen that long, sessions and all, and no other", async () => {
  const tenant = await makeOpenTenant();
  const visitor = await open(tenant, "visitor");
  await passDays(tenant, 1);
  await open(tenant, "another");
  await passDays(tenant, 365);

  assertEquals([await purge(), await purge()], [1, 0]);
  assertEquals(await readDays(tenant), { another: 0 });
  const sessions = await owner`
    select 1 from public.mcp_server_session where mcp_server_user_id = ${String(visitor.mcp_server_user_id)}`;
  assertEquals(sessions.length, 0);
  assertNotEquals((await open(tenant, "visitor")).mcp_server_user_id, visitor.mcp_server_user_id);
});

Deno.test("a visitor on the last day is not forgotten yet", async () => {
  const tenant = await makeOpenTenant();
  await open(tenant, "visitor");
  await passDays(tenant, 365);

  assertEquals([await purge(), await readDays(tenant)], [0, { visitor: 0 }]);
});

Deno.test("a visitor who is blocked stays so", async () => {
  const tenant = await makeOpenTenant();
  await open(tenant, "visitor");
  await owner`update public.mcp_server_user set blocked_at = now() where organization_id = ${tenant.organizationId}`;
  await passDays(tenant, 366);

  assertEquals([await purge(), (await open(tenant, "visitor")).outcome], [0, "user_blocked"]);
});

Deno.test("a visitor whom a provider has named is known from then on, and never forgotten", async () => {
  const tenant = await makeOpenTenant();
  const visitor = await open(tenant, "visitor");
  const login = await call(
    service,
    "provision_mcp_server_user",
    buildLogin(tenant, { p_upstream_sub: "ada", p_tracking_id: "visitor" }),
  );

  const after = await open(tenant, "visitor");

  assertEquals([login.outcome, login.mcp_server_user_id], ["claimed_tracking", visitor.mcp_server_user_id]);
  assertEquals(after, { ...visitor, outcome: "known" });
  assertEquals(await readDays(tenant), { visitor: null });
  assertEquals(
    await findSqlState(() =>
      owner`update public.mcp_server_user set keep_until = now() where organization_id = ${tenant.organizationId}`
    ),
    "23514",
  );
});

Deno.test("a visitor who has logged in without a name is known, and forgotten once the login is gone", async () => {
  const tenant = await makeOpenTenant();
  const visitor = await open(tenant, "visitor");
  const login = await call(
    service,
    "provision_mcp_server_user",
    buildLogin(tenant, { p_upstream_sub: null, p_tracking_id: "visitor" }),
  );
  const after = await open(tenant, "visitor");
  assertEquals([login.outcome, login.mcp_server_user_id], ["anonymous", visitor.mcp_server_user_id]);
  assertEquals(after, { ...visitor, outcome: "known" });

  await passDays(tenant, 366);
  const whileLoggedIn = await purge();
  assertEquals([whileLoggedIn, await readDays(tenant)], [0, { visitor: 365 }]);

  await passDays(tenant, 366);
  await owner`
    update public.upstream_oauth_tokens
    set ended_at = now() - interval '2 days', ended_reason = 'code_expired'
    where organization_id = ${tenant.organizationId}`;
  await purge();
  assertEquals(await readDays(tenant), {});
});
