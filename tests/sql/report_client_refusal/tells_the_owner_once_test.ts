import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import {
  issueFamily,
  makeConfig,
  makeOrganization,
  makeTenant,
  newHash,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

async function leaseLogin(tenant: Tenant): Promise<Row> {
  const { upstreamTokenId } = await issueFamily(database, tenant, {
    completion: { p_access_token: "known" },
  });
  const held = { p_upstream_token_id: upstreamTokenId, p_lease_hash: newHash() };
  await call(service, "lease_upstream_refresh", { ...held, p_known_access_token: "known" });
  return held;
}

const report = (held: Row, p_reason = "upstream_client_refused"): Promise<Row> =>
  call(service, "report_client_refusal", { ...held, p_reason });

async function listReports({ organizationId }: Tenant): Promise<string[]> {
  const events = await owner`
    select event, reason from public.mcp_audit_events, generate_series(1, occurrences)
    where organization_id = ${organizationId} and event = 'upstream_client_refused' order by id`;
  return events.map(({ reason }) => String(reason));
}

Deno.test("the owner reads it of the config and in the audit, once for however many logins; no login ends", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(database, tenant.organizationId, await makeOrganization(owner));
  const [one, other] = [await leaseLogin(tenant), await leaseLogin(tenant)];

  const outcomes = [(await report(one)).outcome, (await report(other)).outcome];

  assertEquals(outcomes, ["reported", "reported"]);
  assertEquals(await listReports(tenant), ["upstream_client_refused"]);
  const [config] = await platform.member.sql`
    select client_refused_at is not null as refused, client_refused_reason from public.custom_oauth_configs`;
  assertEquals({ ...config }, { refused: true, client_refused_reason: "upstream_client_refused" });
  const [entries] = await owner`
    select count(ended_at)::integer as ended, count(refresh_lease_hash)::integer as leased, sum(refusals)::integer as refusals
    from public.upstream_oauth_tokens where organization_id = ${tenant.organizationId}`;
  assertEquals({ ...entries }, { ended: 0, leased: 0, refusals: 0 });
});

Deno.test("a provider that answers again forgives, and the next refusal is told anew", async () => {
  const tenant = await makeTenant(database);
  await report(await leaseLogin(tenant));

  await call(service, "store_upstream_refresh", {
    ...await leaseLogin(tenant),
    p_access_token: "new",
    p_refresh_token: null,
    p_scope: null,
    p_expires_at: null,
  });
  const [config] = await owner`
    select client_refused_at, client_refused_reason from public.custom_oauth_configs where id = ${tenant.configId}`;
  await report(await leaseLogin(tenant));

  assertEquals({ ...config }, { client_refused_at: null, client_refused_reason: null });
  assertEquals(await listReports(tenant), ["upstream_client_refused", "upstream_client_refused"]);
});

Deno.test("another reason is told, too", async () => {
  const tenant = await makeTenant(database);

  await report(await leaseLogin(tenant));
  await report(await leaseLogin(tenant), "client_secret_unreadable");

  assertEquals(await listReports(tenant), ["upstream_client_refused", "client_secret_unreadable"]);
});

Deno.test("a config of the platform is marked, and no organization's audit speaks of it", async () => {
  const platformConfig = await makeConfig(owner, null);
  const tenant = await makeTenant(database);
  await owner`
    update public.mcp_servers set auth_type = 'platform_oauth', custom_oauth_config_id = ${platformConfig}
    where id = ${tenant.serverId}`;

  const reported = await report(await leaseLogin(tenant));

  const [config] = await owner`
    select client_refused_reason from public.custom_oauth_configs where id = ${platformConfig}`;
  assertEquals([reported.outcome, config?.client_refused_reason, await listReports(tenant)], [
    "reported",
    "upstream_client_refused",
    [],
  ]);
});

Deno.test("who has lost the lease is told so; a refusal of an earlier client marks nothing", async () => {
  const tenant = await makeTenant(database);
  const held = await leaseLogin(tenant);
  await owner`update public.custom_oauth_configs set client_generation = 2 where id = ${tenant.configId}`;

  const late = await report(held);
  const lost = await report({ ...held, p_lease_hash: newHash() });

  assertEquals([late.outcome, lost.outcome, await listReports(tenant)], ["reported", "lease_lost", []]);
});
