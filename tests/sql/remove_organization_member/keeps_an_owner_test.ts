import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import {
  makePlatform,
  makePlatformUser,
  type Platform,
  type PlatformUser,
} from "../../support/database/platform.ts";
import { makeOrganization } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

interface Given {
  organizationId: string;
  platform: Platform;
  remove(who: PlatformUser, p_user_id: string): Promise<Row>;
}

async function givenOrganization(): Promise<Given> {
  const organizationId = await makeOrganization(owner);
  return {
    organizationId,
    platform: await makePlatform(database, organizationId, await makeOrganization(owner)),
    remove: ({ sql }, p_user_id) =>
      call(sql, "remove_organization_member", { p_organization_id: organizationId, p_user_id }),
  };
}

Deno.test("owners remove everybody, admins all but owners, members nobody but themselves", async () => {
  const { organizationId, platform, remove } = await givenOrganization();

  const answers: Record<string, unknown> = {};
  for (const who of ["owner", "admin", "member", "stranger"] as const) {
    for (const role of ["owner", "admin", "member"]) {
      const { id } = await makePlatformUser(database, organizationId, role);
      answers[`${who} removes ${role}`] = (await remove(platform[who], id)).outcome;
    }
  }

  assertEquals(answers, {
    "owner removes owner": "removed",
    "owner removes admin": "removed",
    "owner removes member": "removed",
    "admin removes owner": "forbidden",
    "admin removes admin": "removed",
    "admin removes member": "removed",
    "member removes owner": "forbidden",
    "member removes admin": "forbidden",
    "member removes member": "forbidden",
    "stranger removes owner": "unknown_organization",
    "stranger removes admin": "unknown_organization",
    "stranger removes member": "unknown_organization",
  });
});

Deno.test("everybody may leave, but for the last owner", async () => {
  const { platform, remove } = await givenOrganization();

  const outcomes = [];
  for (const who of [platform.owner, platform.member, platform.admin]) {
    outcomes.push((await remove(who, who.id)).outcome);
  }

  assertEquals(outcomes, ["last_owner", "removed", "removed"]);
});

Deno.test("who does not belong is unknown", async () => {
  const { platform, remove } = await givenOrganization();

  assertEquals((await remove(platform.owner, platform.stranger.id)).outcome, "unknown_user");
});

Deno.test("nulls are raised", async () => {
  const { organizationId, platform } = await givenOrganization();

  for (const args of [{ p_organization_id: null }, { p_user_id: null }]) {
    const state = await findSqlState(() =>
      call(platform.owner.sql, "remove_organization_member", {
        p_organization_id: organizationId,
        p_user_id: platform.member.id,
        ...args,
      })
    );
    assertEquals(state, "22004");
  }
});
