import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../support/database/database.ts";
import { makePlatformUser, type PlatformUser } from "../support/database/platform.ts";
import { makeOrganization, newName } from "../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

interface Given {
  organizationId: string;
  inviter: PlatformUser;
  person: PlatformUser;
  email: string;
  invite(p_email: string, p_role?: string): Promise<Row>;
}

async function givenPerson(isVerified = true): Promise<Given> {
  const organizationId = await makeOrganization(owner);
  const inviter = await makePlatformUser(database, organizationId, "owner");
  const person = await makePlatformUser(database);
  const email = `${newName("person")}@example.com`;
  await owner`
    update auth.users set email = ${email}, email_confirmed_at = ${isVerified ? new Date() : null}
    where id = ${person.id}`;
  return {
    organizationId,
    inviter,
    person,
    email,
    invite: (p_email, p_role = "member") =>
      call(inviter.sql, "invite_organization_member", { p_organization_id: organizationId, p_email, p_role }),
  };
}

const accept = async ({ sql }: PlatformUser, p_invitation_id: unknown): Promise<unknown> =>
  (await call(sql, "accept_organization_invitation", { p_invitation_id })).outcome;

async function readRole(organizationId: string, { id }: PlatformUser): Promise<unknown> {
  const [member] = await owner`
    select role from public.organization_members where organization_id = ${organizationId} and user_id = ${id}`;
  return member?.role;
}

Deno.test("A37: a person who is invited is no member until accepting", async () => {
  const { organizationId, person, email, invite } = await givenPerson();

  const { id } = await invite(email.toUpperCase(), "admin");
  const before = await readRole(organizationId, person);
  const listed = await person.sql`select id, role from public.list_own_invitations()`;
  const outcome = await accept(person, id);

  assertEquals([before, outcome, await readRole(organizationId, person)], [undefined, "accepted", "admin"]);
  assertEquals(listed.map((row) => ({ ...row })), [{ id, role: "admin" }]);
  assertEquals(await accept(person, id), "unknown_invitation");
});

Deno.test("A37: only the verified address accepts, while the invitation and its sender's right hold", async () => {
  const answers: Record<string, unknown> = {};
  const unverified = await givenPerson(false);
  answers["unverified"] = await accept(unverified.person, (await unverified.invite(unverified.email)).id);
  const other = await givenPerson();
  answers["another address"] = await accept(other.person, (await other.invite("other@example.com")).id);
  const late = await givenPerson();
  const expired = await late.invite(late.email);
  await owner`
    update public.organization_invitations set expires_at = now() - interval '1 second' where id = ${
    String(expired.id)
  }`;
  answers["expired"] = await accept(late.person, expired.id);
  const revoked = await givenPerson();
  const taken = await revoked.invite(revoked.email);
  await call(revoked.inviter.sql, "revoke_organization_invitation", { p_invitation_id: taken.id });
  answers["revoked"] = await accept(revoked.person, taken.id);
  const declined = await givenPerson();
  const unwanted = await declined.invite(declined.email);
  await call(declined.person.sql, "decline_organization_invitation", { p_invitation_id: unwanted.id });
  answers["declined"] = await accept(declined.person, unwanted.id);
  const left = await givenPerson();
  const orphaned = await left.invite(left.email);
  await owner`update public.organization_members set role = 'member' where user_id = ${left.inviter.id}`;
  answers["sender without the right"] = await accept(left.person, orphaned.id);
  answers["invented"] = await accept(left.person, "inv_none");

  assertEquals(
    Object.entries(answers).filter(([, outcome]) => outcome !== "unknown_invitation"),
    [],
  );
});

Deno.test("A37: an invitation is answered alike whether or not anybody has the address, and demotes no owner", async () => {
  const { organizationId, inviter, email, invite } = await givenPerson();
  await owner`
    update auth.users set email = 'the-owner@example.com', email_confirmed_at = now() where id = ${inviter.id}`;

  const outcomes = [];
  for (const address of [email, "nobody@example.com", "the-owner@example.com"]) {
    outcomes.push((await invite(address)).outcome);
  }
  const [own] = await inviter.sql`select id from public.list_own_invitations()`;

  assertEquals(outcomes, ["invited", "invited", "invited"]);
  assertEquals(await accept(inviter, own?.id), "accepted");
  assertEquals(await readRole(organizationId, inviter), "owner");
});
