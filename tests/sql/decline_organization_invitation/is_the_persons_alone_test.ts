import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser, type PlatformUser } from "../../support/database/platform.ts";
import { makeOrganization, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

async function makePerson(): Promise<PlatformUser & { email: string }> {
  const person = await makePlatformUser(database);
  const email = `${newName("person")}@example.com`;
  await owner`update auth.users set email = ${email}, email_confirmed_at = now() where id = ${person.id}`;
  return { ...person, email };
}

const decline = ({ sql }: PlatformUser, p_invitation_id: unknown): Promise<Row> =>
  call(sql, "decline_organization_invitation", { p_invitation_id });

Deno.test("whoever is invited declines, and nobody else does", async () => {
  const organizationId = await makeOrganization(owner);
  const inviter = await makePlatformUser(database, organizationId, "owner");
  const [person, other] = [await makePerson(), await makePerson()];
  const { id } = await call(inviter.sql, "invite_organization_member", {
    p_organization_id: organizationId,
    p_email: person.email,
    p_role: "member",
  });

  const foreign = (await decline(other, id)).outcome;
  const kept = await owner`select 1 from public.organization_invitations where id = ${String(id)}`;
  const own = (await decline(person, id)).outcome;
  const left = await owner`select 1 from public.organization_invitations where id = ${String(id)}`;

  assertEquals([foreign, kept.length, own, left.length], ["unknown_invitation", 1, "declined", 0]);
  assertEquals(await findSqlState(() => decline(person, null)), "22004");
});
