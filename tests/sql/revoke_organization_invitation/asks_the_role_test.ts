import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { makeOrganization, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("an owner takes every invitation back, an admin not an owner's, a member and a stranger none", async () => {
  const organizationId = await makeOrganization(owner);
  const platform = await makePlatform(database, organizationId, await makeOrganization(owner));

  const answers: Record<string, unknown[]> = {};
  for (const who of ["owner", "admin", "member", "stranger"] as const) {
    answers[who] = [];
    for (const p_role of ["owner", "member"]) {
      const { id } = await call(platform.owner.sql, "invite_organization_member", {
        p_organization_id: organizationId,
        p_email: `${newName("person")}@example.com`,
        p_role,
      });
      const { outcome } = await call(platform[who].sql, "revoke_organization_invitation", {
        p_invitation_id: id,
      });
      const left = await owner`select 1 from public.organization_invitations where id = ${String(id)}`;
      answers[who].push([outcome, left.length]);
    }
  }

  assertEquals(answers, {
    owner: [["revoked", 0], ["revoked", 0]],
    admin: [["forbidden", 1], ["revoked", 0]],
    member: [["forbidden", 1], ["forbidden", 1]],
    stranger: [["unknown_invitation", 1], ["unknown_invitation", 1]],
  });
});

Deno.test("an invitation that never was is answered as a foreign one, and a null is raised", async () => {
  const organizationId = await makeOrganization(owner);
  const { owner: who } = await makePlatform(database, organizationId, organizationId);
  const revoke = (p_invitation_id: string | null) =>
    call(who.sql, "revoke_organization_invitation", { p_invitation_id });

  assertEquals((await revoke("inv_none")).outcome, "unknown_invitation");
  assertEquals(await findSqlState(() => revoke(null)), "22004");
});
