import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform, type Platform, type PlatformUser } from "../../support/database/platform.ts";
import { makeOrganization } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

interface Given {
  organizationId: string;
  platform: Platform;
  save(who: PlatformUser, changes: Row): Promise<Row>;
}

async function givenOrganization(): Promise<Given> {
  const organizationId = await makeOrganization(owner, { name: "Engines" });
  return {
    organizationId,
    platform: await makePlatform(database, organizationId, await makeOrganization(owner)),
    save: ({ sql }, changes) => call(sql, "save_organization", { p_id: organizationId, ...changes }),
  };
}

async function readOrganization(id: string): Promise<unknown[]> {
  const [row] = await owner`
    select name, audit_retention_days, call_retention_days from public.organizations where id = ${id}`;
  return [row?.name, row?.audit_retention_days, row?.call_retention_days];
}

Deno.test("save_organization renames for an owner and for nobody else", async () => {
  const { organizationId, platform, save } = await givenOrganization();

  const answers: Record<string, unknown> = {};
  for (const who of ["stranger", "member", "admin", "owner"] as const) {
    const { outcome } = await save(platform[who], { p_name: ` Renamed by ${who} ` });
    answers[who] = [outcome, ...await readOrganization(organizationId)];
  }

  assertEquals(answers, {
    stranger: ["unknown_organization", "Engines", 365, 30],
    member: ["forbidden", "Engines", 365, 30],
    admin: ["forbidden", "Engines", 365, 30],
    owner: ["saved", "Renamed by owner", 365, 30],
  });
});

Deno.test("null leaves a setting as it is, and each broken rule names its argument", async () => {
  const { organizationId, platform, save } = await givenOrganization();

  const outcomes = [];
  for (
    const changes of [
      { p_audit_retention_days: 30 },
      { p_call_retention_days: 7 },
      { p_name: " " },
      { p_audit_retention_days: 0 },
      { p_call_retention_days: 0 },
      { p_call_retention_days: 366 },
    ]
  ) {
    const { outcome, argument } = await save(platform.owner, changes);
    outcomes.push([outcome, argument]);
  }

  assertEquals(outcomes, [
    ["saved", null],
    ["saved", null],
    ["invalid", "p_name"],
    ["invalid", "p_audit_retention_days"],
    ["invalid", "p_call_retention_days"],
    ["invalid", "p_call_retention_days"],
  ]);
  assertEquals(await readOrganization(organizationId), ["Engines", 30, 7]);
});

Deno.test("a retention holds for the events from then on", async () => {
  const { organizationId, platform, save } = await givenOrganization();
  await save(platform.owner, { p_name: "First" });
  await save(platform.owner, { p_audit_retention_days: 7 });
  await save(platform.owner, { p_name: "Second" });

  const days = await owner`
    select round(extract(epoch from keep_until - occurred_at) / 86400)::integer as days
    from public.mcp_audit_events
    where organization_id = ${organizationId} and event = 'organization_saved'
    order by occurred_at`;

  assertEquals(days.map((row) => row.days), [365, 7, 7]);
});

Deno.test("a null for the organization is raised", async () => {
  const { platform, save } = await givenOrganization();

  assertEquals(await findSqlState(() => save(platform.owner, { p_id: null })), "22004");
});
