import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import {
  type IssuedFamily,
  issueFamily,
  makeTenant,
  newHash,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

interface Given {
  tenant: Tenant;
  family: IssuedFamily;
  /** Takes the lease and has the refusal counted. */
  refuse: () => Promise<unknown>;
}

async function givenLogin(): Promise<Given> {
  const tenant = await makeTenant(database);
  const family = await issueFamily(database, tenant, { completion: { p_access_token: "known" } });
  const refuse = async (): Promise<unknown> => {
    const held = { p_upstream_token_id: family.upstreamTokenId, p_lease_hash: newHash() };
    await call(service, "lease_upstream_refresh", { ...held, p_known_access_token: "known" });
    return (await call(service, "count_upstream_refusal", { ...held, p_reason: "upstream_refused" })).outcome;
  };
  return { tenant, family, refuse };
}

async function readEntry({ upstreamTokenId }: IssuedFamily): Promise<Row> {
  const [entry] = await owner`
    select refusals, first_refused_at is not null as counts, refresh_lease_hash, refresh_token_ciphertext is not null as refreshes,
      ended_reason
    from public.upstream_oauth_tokens where id = ${upstreamTokenId}`;
  return { ...entry };
}

/** Moves the first refusal into the past. */
async function age({ upstreamTokenId }: IssuedFamily, interval: string): Promise<void> {
  await owner`
    update public.upstream_oauth_tokens set first_refused_at = first_refused_at - ${interval}::interval
    where id = ${upstreamTokenId}`;
}

Deno.test("a refusal counts in the row, gives the lease back, and is in the audit the first time", async () => {
  const { tenant, family, refuse } = await givenLogin();

  const outcomes = [await refuse(), await refuse()];

  assertEquals(outcomes, ["counted", "counted"]);
  assertEquals(await readEntry(family), {
    refusals: 2,
    counts: true,
    refresh_lease_hash: null,
    refreshes: true,
    ended_reason: null,
  });
  const events = await owner`
    select event, reason, mcp_server_user_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'upstream_refresh_refused'`;
  assertEquals(events.map((event) => ({ ...event })), [
    { event: "upstream_refresh_refused", reason: "upstream_refused", mcp_server_user_id: family.userId },
  ]);
});

Deno.test("however many refusals within ten minutes end nothing", async () => {
  const { family, refuse } = await givenLogin();

  const outcomes = [];
  for (let refusal = 0; refusal < 5; refusal++) {
    outcomes.push(await refuse());
  }
  await age(family, "9 minutes 50 seconds");
  outcomes.push(await refuse());

  assertEquals(outcomes, Array(6).fill("counted"));
  assertEquals((await call(service, "rotate_refresh_token", family.rotation)).outcome, "rotated");
});

Deno.test("two refusals over however long end nothing, the third ends the login", async () => {
  const { tenant, family, refuse } = await givenLogin();
  const outcomes = [await refuse()];
  await age(family, "10 minutes");

  outcomes.push(await refuse(), await refuse());

  assertEquals(outcomes, ["counted", "counted", "ended"]);
  const { refreshes, ended_reason } = await readEntry(family);
  assertEquals([refreshes, ended_reason], [false, "upstream_refused"]);
  assertEquals((await call(service, "rotate_refresh_token", family.rotation)).outcome, "revoked");
  const events = await owner`
    select event, reason from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event like 'upstream%' order by id`;
  assertEquals(events.map(({ event, reason }) => `${event}:${reason}`), [
    "upstream_refresh_refused:upstream_refused",
    "upstream_token_ended:upstream_refused",
  ]);
});

Deno.test("a refresh that succeeds starts the count again", async () => {
  const { family, refuse } = await givenLogin();
  await refuse();
  await refuse();
  await age(family, "1 hour");
  const held = { p_upstream_token_id: family.upstreamTokenId, p_lease_hash: newHash() };
  await call(service, "lease_upstream_refresh", { ...held, p_known_access_token: "known" });

  await call(service, "store_upstream_refresh", {
    ...held,
    p_access_token: "known",
    p_refresh_token: null,
    p_scope: null,
    p_expires_at: null,
  });
  const afterwards = await readEntry(family);
  const next = await refuse();

  assertEquals([afterwards.refusals, afterwards.counts, next], [0, false, "counted"]);
});

Deno.test("who has lost the lease counts nothing", async () => {
  const { family } = await givenLogin();

  const counted = await call(service, "count_upstream_refusal", {
    p_upstream_token_id: family.upstreamTokenId,
    p_lease_hash: newHash(),
    p_reason: "upstream_refused",
  });

  assertEquals([counted.outcome, (await readEntry(family)).refusals], ["lease_lost", 0]);
});
