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
  save(who: PlatformUser, p_user_id: string, p_role: string): Promise<Row>;
}

async function givenOrganization(): Promise<Given> {
  const organizationId = await makeOrganization(owner);
  return {
    organizationId,
    platform: await makePlatform(database, organizationId, await makeOrganization(owner)),
    save: ({ sql }, p_user_id, p_role) =>
      call(sql, "save_organization_member", { p_organization_id: organizationId, p_user_id, p_role }),
  };
}

async function readRole(organizationId: string, userId: string): Promise<unknown> {
  const [member] = await owner`
    select role from public.organization_members where organization_id = ${organizationId} and user_id = ${userId}`;
  return member?.role;
}

Deno.test("an owner gives every role, an admin all but owner, a member and a stranger none", async () => {
  const { organizationId, platform, save } = await givenOrganization();

  const answers: Record<string, unknown> = {};
  for (const who of ["owner", "admin", "member", "stranger"] as const) {
    for (const role of ["owner", "admin", "member"]) {
      const { id } = await makePlatformUser(database, organizationId);
      const { outcome } = await save(platform[who], id, role);
      answers[`${who} makes ${role}`] = [outcome, await readRole(organizationId, id)];
    }
  }

  assertEquals(answers, {
    "owner makes owner": ["saved", "owner"],
    "owner makes admin": ["saved", "admin"],
    "owner makes member": ["saved", "member"],
    "admin makes owner": ["forbidden", "member"],
    "admin makes admin": ["saved", "admin"],
    "admin makes member": ["saved", "member"],
    "member makes owner": ["forbidden", "member"],
    "member makes admin": ["forbidden", "member"],
    "member makes member": ["forbidden", "member"],
    "stranger makes owner": ["unknown_organization", "member"],
    "stranger makes admin": ["unknown_organization", "member"],
    "stranger makes member": ["unknown_organization", "member"],
  });
});

Deno.test("nobody but an owner changes an owner, and the last owner stays one", async () => {
  const { organizationId, platform, save } = await givenOrganization();

  const byAdmin = await save(platform.admin, platform.owner.id, "member");
  const bySelf = await save(platform.owner, platform.owner.id, "admin");
  await save(platform.owner, platform.admin.id, "owner");
  const bySecond = await save(platform.admin, platform.owner.id, "member");

  assertEquals([byAdmin.outcome, bySelf.outcome, bySecond.outcome], ["forbidden", "last_owner", "saved"]);
  assertEquals(await readRole(organizationId, platform.owner.id), "member");
});

Deno.test("nobody raises their own role", async () => {
  const { platform, save } = await givenOrganization();

  assertEquals((await save(platform.member, platform.member.id, "admin")).outcome, "forbidden");
  assertEquals((await save(platform.admin, platform.admin.id, "owner")).outcome, "forbidden");
});

Deno.test("a stranger is not made a member, and is answered as somebody who does not exist", async () => {
  const { organizationId, platform, save } = await givenOrganization();

  for (const role of ["owner", "admin", "member"]) {
    const stranger = await save(platform.owner, platform.stranger.id, role);

    assertEquals(stranger.outcome, "unknown_user");
    assertEquals({ ...stranger }, await save(platform.owner, crypto.randomUUID(), role));
  }
  assertEquals(await readRole(organizationId, platform.stranger.id), undefined);
});

Deno.test("a user who is none and a role that is none are refused", async () => {
  const { platform, save } = await givenOrganization();

  assertEquals(await save(platform.owner, crypto.randomUUID(), "member"), {
    outcome: "unknown_user",
    id: null,
    reason: null,
    argument: null,
    expected: null,
  });
  assertEquals(await save(platform.owner, platform.member.id, "god"), {
    outcome: "invalid",
    id: null,
    reason: "member_role_is_known",
    argument: "p_role",
    expected: "owner, admin or member",
  });
});

Deno.test("who changed whom is in the audit", async () => {
  const { organizationId, platform, save } = await givenOrganization();
  await save(platform.owner, platform.member.id, "admin");

  const events = await owner`
    select event, platform_user_id, object_id from public.mcp_audit_events where organization_id = ${organizationId}`;

  assertEquals(events.map((event) => ({ ...event })), [
    { event: "member_saved", platform_user_id: platform.owner.id, object_id: platform.member.id },
  ]);
});

Deno.test("nulls are raised", async () => {
  const { platform, organizationId } = await givenOrganization();
  const complete = { p_organization_id: organizationId, p_user_id: platform.member.id, p_role: "member" };

  for (const argument of Object.keys(complete)) {
    const state = await findSqlState(() =>
      call(platform.owner.sql, "save_organization_member", { ...complete, [argument]: null })
    );
    assertEquals([argument, state], [argument, "22004"]);
  }
});
