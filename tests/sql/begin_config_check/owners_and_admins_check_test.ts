import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { makeConfig, makeOrganization } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("owners and admins have a provider examined, members and strangers do not", async () => {
  const organizationId = await makeOrganization(owner);
  const platform = await makePlatform(database, organizationId, await makeOrganization(owner));
  const configId = await makeConfig(owner, organizationId);

  const outcomes: Record<string, unknown[]> = {};
  for (const who of ["owner", "admin", "member", "stranger"] as const) {
    const { sql } = platform[who];
    outcomes[who] = [
      (await call(sql, "begin_config_check", { p_oauth_config_id: configId })).outcome,
      (await call(sql, "begin_config_check", { p_organization_id: organizationId })).outcome,
    ];
  }

  assertEquals(outcomes, {
    owner: ["begun", "begun"],
    admin: ["begun", "begun"],
    member: ["forbidden", "forbidden"],
    stranger: ["unknown_config", "unknown_organization"],
  });
});

Deno.test("a config decides the organization, and nobody examines the platform's own", async () => {
  const organizationId = await makeOrganization(owner);
  const otherId = await makeOrganization(owner);
  const platform = await makePlatform(database, organizationId, otherId);
  const foreign = await makeConfig(owner, otherId);
  const ofPlatform = await makeConfig(owner, null);

  const outcomes = [];
  for (const p_oauth_config_id of [foreign, ofPlatform, "coac_nobody"]) {
    const args = { p_oauth_config_id, p_organization_id: organizationId };
    outcomes.push((await call(platform.owner.sql, "begin_config_check", args)).outcome);
  }

  assertEquals(outcomes, ["unknown_config", "unknown_config", "unknown_config"]);
});

Deno.test("thirty checks in ten minutes are enough for an organization, and each is in the audit", async () => {
  const organizationId = await makeOrganization(owner);
  const platform = await makePlatform(database, organizationId, await makeOrganization(owner));
  const check = (who: "owner" | "admin"): Promise<unknown> =>
    call(platform[who].sql, "begin_config_check", { p_organization_id: organizationId })
      .then(({ outcome }) => outcome);

  const outcomes = [];
  for (let count = 0; count < 31; count++) {
    outcomes.push(await check(count % 2 === 0 ? "owner" : "admin"));
  }
  const [audited] = await owner`
    select count(*)::integer as count, count(platform_user_id)::integer as named from public.mcp_audit_events
    where organization_id = ${organizationId} and event = 'config_checked'`;
  await owner`
    update public.mcp_audit_events set occurred_at = now() - interval '11 minutes'
    where organization_id = ${organizationId}`;

  assertEquals([outcomes.filter((outcome) => outcome === "begun").length, outcomes.at(-1)], [
    30,
    "quota_reached",
  ]);
  assertEquals({ ...audited }, { count: 30, named: 30 });
  assertEquals(await check("owner"), "begun");
});

Deno.test("a check that names nothing is a bug", async () => {
  const organizationId = await makeOrganization(owner);
  const platform = await makePlatform(database, organizationId, await makeOrganization(owner));

  assertEquals(await findSqlState(() => call(platform.owner.sql, "begin_config_check", {})), "22004");
});
