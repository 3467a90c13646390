import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform, type Platform, type PlatformUser } from "../../support/database/platform.ts";
import { makeOrganization, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

interface Given {
  organizationId: string;
  platform: Platform;
  invite(who: PlatformUser, p_role: string, p_email?: string): Promise<Row>;
}

async function givenOrganization(): Promise<Given> {
  const organizationId = await makeOrganization(owner);
  return {
    organizationId,
    platform: await makePlatform(database, organizationId, await makeOrganization(owner)),
    invite: ({ sql }, p_role, p_email = `${newName("person")}@example.com`) =>
      call(sql, "invite_organization_member", { p_organization_id: organizationId, p_email, p_role }),
  };
}

async function readInvitations(organizationId: string): Promise<Row[]> {
  const rows = await owner`
    select email, role from public.organization_invitations where organization_id = ${organizationId} order by email`;
  return rows.map((row) => ({ ...row }));
}

Deno.test("an owner invites to every role, an admin to all but owner, a member and a stranger to none", async () => {
  const { organizationId, platform, invite } = await givenOrganization();

  const answers: Record<string, unknown[]> = {};
  for (const who of ["owner", "admin", "member", "stranger"] as const) {
    answers[who] = [];
    for (const role of ["owner", "admin", "member"]) {
      answers[who].push((await invite(platform[who], role)).outcome);
    }
  }

  assertEquals(answers, {
    owner: ["invited", "invited", "invited"],
    admin: ["forbidden", "invited", "invited"],
    member: ["forbidden", "forbidden", "forbidden"],
    stranger: ["unknown_organization", "unknown_organization", "unknown_organization"],
  });
  assertEquals((await readInvitations(organizationId)).length, 5);
});

Deno.test("another invitation to one address replaces the first, but an admin's not an owner's of an owner", async () => {
  const { organizationId, platform, invite } = await givenOrganization();

  const outcomes = [
    await invite(platform.owner, "owner", "person@example.com"),
    await invite(platform.admin, "member", " PERSON@example.com"),
    await invite(platform.owner, "admin", "Person@Example.com "),
  ];

  assertEquals(outcomes.map(({ outcome }) => outcome), ["invited", "forbidden", "invited"]);
  assertEquals(await readInvitations(organizationId), [{ email: "person@example.com", role: "admin" }]);
});

Deno.test("what is no address and no role is refused with its argument, and a null is raised", async () => {
  const { platform, invite } = await givenOrganization();

  const answers = [
    await invite(platform.owner, "member", "nobody"),
    await invite(platform.owner, "member", `${"a".repeat(320)}@example.com`),
    await invite(platform.owner, "boss"),
  ];

  assertEquals(answers.map(({ outcome, argument }) => [outcome, argument]), [
    ["invalid", "p_email"],
    ["invalid", "p_email"],
    ["invalid", "p_role"],
  ]);
  assertEquals(await findSqlState(() => invite(platform.owner, null as unknown as string)), "22004");
});
