/**
 * An organization's own provider names as many people as it likes, or nobody at all.
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../support/database/database.ts";
import { countOutcomes, readBackend, runAtOnce, untilBlocked } from "../support/database/parallel.ts";
import { makePlatformUser } from "../support/database/platform.ts";
import {
  buildCompletion,
  buildLogin,
  claimSession,
  makeTenant,
  newHash,
  type Tenant,
} from "../support/database/rows.ts";

const database = await openDatabase();
const { owner, service } = database;
Deno.test.afterAll(() => database.close());

const DAY = 20;
const QUOTA = 12;
await owner`update public.row_bounds set of_source = ${DAY} where kind = 'new person'`;
const decide = (p_people_per_organization: number): Promise<Row> =>
  call(service, "save_deployment_settings", { p_people_per_organization });

/** A whole login, by an app that nobody has used before. */
async function logIn(tenant: Tenant, completion: Row): Promise<unknown> {
  const { sessionId } = await claimSession(service, tenant, { p_source: newHash() });
  return (await call(service, "complete_authorization", buildCompletion(tenant, sessionId, completion)))
    .outcome;
}

async function logInMany(
  tenant: Tenant,
  count: number,
  completion: (index: number) => Row,
): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (let index = 0; index < count; index++) {
    outcomes.push(await logIn(tenant, completion(index)));
  }
  return outcomes;
}

const repeat = (outcome: string, count: number): string[] => Array(count).fill(outcome);
const invent = (index: number): Row => ({ p_upstream_sub: `invented-${index}` });

/** How many rows of a kind the organization has. */
async function countRows(tenant: Tenant, tables: string[]): Promise<number[]> {
  return await Promise.all(tables.map(async (table) => {
    const [row] = await owner`
      select count(*)::integer as count from public.${owner(table)}
      where organization_id = ${tenant.organizationId}`;
    return Number(row?.count);
  }));
}

Deno.test("A44: of people whom a provider invents as many are let in as the quota says, and the others leave one row", async () => {
  const tenant = await makeTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");
  await decide(QUOTA);

  const outcomes = await logInMany(tenant, QUOTA + 5, invent);
  const known = await logIn(tenant, invent(0));

  assertEquals(outcomes, [...repeat("completed", QUOTA), ...repeat("people_quota_reached", 5)]);
  assertEquals(known, "completed");
  assertEquals(
    await countRows(tenant, ["mcp_server_user", "mcp_server_user_identities", "upstream_oauth_tokens"]),
    [QUOTA, QUOTA, QUOTA + 1],
  );
  const seen = await sql`
    select reason, occurrences from public.mcp_audit_events where event = 'login_failed'`;
  assertEquals(seen.map((event) => ({ ...event })), [{ reason: "people_quota_reached", occurrences: 5 }]);
});

Deno.test("A44: parallel logins do not pass the quota together", async () => {
  const tenant = await makeTenant(database);
  await decide(QUOTA);
  const pool = database.openService(10);

  const rows = await runAtOnce(
    40,
    (index) => call(pool, "provision_mcp_server_user", buildLogin(tenant, invent(index))),
  );

  assertEquals(countOutcomes(rows), { created: QUOTA, people_quota_reached: 40 - QUOTA });
});

Deno.test("A44: of two logins that both wait for the count the second does not get the last place, too", async () => {
  const tenant = await makeTenant(database);
  await decide(QUOTA);
  for (let index = 1; index < QUOTA; index++) {
    await call(service, "provision_mcp_server_user", buildLogin(tenant, invent(index)));
  }
  const pools = [database.openService(1), database.openService(1)];
  const backends = await Promise.all(pools.map(readBackend));

  let waiting: Promise<Row>[] = [];
  await owner.begin(async (transaction) => {
    await transaction`
      select from public.organization_people
      where organization_id = ${tenant.organizationId} for no key update`;
    waiting = pools.map((pool, index) =>
      call(pool, "provision_mcp_server_user", buildLogin(tenant, invent(QUOTA + index)))
    );
    await Promise.all(
      backends.map((backend) => untilBlocked(transaction as unknown as typeof owner, backend)),
    );
  });

  assertEquals(countOutcomes(await Promise.all(waiting)), { created: 1, people_quota_reached: 1 });
});

Deno.test("A44: so many new people a day log in, known people as ever, and the next day new ones again", async () => {
  const tenant = await makeTenant(database);
  await decide(1_000_000);

  const outcomes = await logInMany(tenant, DAY + 3, invent);
  const known = await logIn(tenant, invent(1));
  await owner`update public.organization_people set counted_on = counted_on - 1
    where organization_id = ${tenant.organizationId}`;
  const tomorrow = await logIn(tenant, invent(DAY + 1));

  assertEquals(outcomes, [...repeat("completed", DAY), ...repeat("too_many_new_people", 3)]);
  assertEquals([known, tomorrow], ["completed", "completed"]);
});

Deno.test("A44: a provider that names one verified address under ever new subjects makes no more identities", async () => {
  const tenant = await makeTenant(database, { config: { link_verified_email: true } });
  await decide(QUOTA);

  const outcomes = await logInMany(tenant, QUOTA + 2, (index) => ({
    ...invent(index),
    p_email: "ada@example.com",
    p_email_verified: true,
  }));

  assertEquals(outcomes, [...repeat("completed", QUOTA), ...repeat("people_quota_reached", 2)]);
  assertEquals(await countRows(tenant, ["mcp_server_user", "mcp_server_user_identities"]), [1, QUOTA]);
});

Deno.test("A44: logins without a name make so many people a day, and these go once nobody is logged in", async () => {
  const tenant = await makeTenant(database, { config: { identity_source: "none" } });
  await decide(0);

  const outcomes = await logInMany(tenant, DAY + 3, () => ({ p_upstream_sub: null, p_profile: null }));
  await owner`
    update public.mcp_server_user set keep_until = current_date - 1 where organization_id = ${tenant.organizationId}`;
  await call(service, "purge_expired", { p_limit: 1000 });
  const whileLoggedIn = await countRows(tenant, ["mcp_server_user"]);
  await owner`
    update public.mcp_authorization_codes set expires_at = now() - interval '2 hours'
    where organization_id = ${tenant.organizationId}`;
  await owner`
    update public.mcp_server_user set keep_until = current_date - 1 where organization_id = ${tenant.organizationId}`;
  await call(service, "purge_expired", { p_limit: 1000 });

  assertEquals(outcomes, [...repeat("completed", DAY), ...repeat("too_many_new_people", 3)]);
  assertEquals([whileLoggedIn, await countRows(tenant, ["mcp_server_user"])], [[DAY], [0]]);
});

Deno.test("A44: an organization's flood leaves another's people alone", async () => {
  const [hostile, honest] = [await makeTenant(database), await makeTenant(database)];
  await decide(QUOTA);
  await logInMany(hostile, QUOTA + 1, invent);

  assertEquals(await logIn(honest, invent(0)), "completed");
});
