/**
 * Organizations and their members: founded, named, shared, left and deleted, each by whoever may.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import {
  type Account,
  addMember,
  type ConsoleWindow,
  signUpAccount,
  useConsole,
} from "../support/console/console.ts";
import { insert } from "../support/stack/tenant.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

type Role = "owner" | "admin" | "member";

/** An organization with an owner, an admin and a member. */
async function makeOrganization(
  name = "A company",
): Promise<{ id: string; accounts: Record<Role, Account> }> {
  const id = await insert(stack, "organizations", { name });
  const [owner, admin, member] = [
    await signUpAccount(stack),
    await signUpAccount(stack),
    await signUpAccount(stack),
  ];
  await addMember(stack, id, owner!, "owner");
  await addMember(stack, id, admin!, "admin");
  await addMember(stack, id, member!, "member");
  return { id, accounts: { owner: owner!, admin: admin!, member: member! } };
}

async function enter({ open, signIn }: ConsoleWindow, account: Account, path: string): Promise<void> {
  await open(path);
  await signIn(account);
}

const buttons = (page: Page): Promise<string[]> =>
  page.locator("main button, main select").evaluateAll((all) =>
    all.map((button) => button.getAttribute("aria-label") ?? button.textContent ?? "")
  );

consoleTest("an owner invites somebody, who accepts and is a member", async (scene) => {
  const { page } = scene;
  const { id, accounts: { owner } } = await makeOrganization("Inviting company");
  const invited = await signUpAccount(stack);
  await enter(scene, owner, `/${id}/members`);

  await page.getByRole("button", { name: "Invite somebody" }).click();
  await scene.checkAccessibility();
  await scene.photograph("invite");
  await page.getByLabel("E-mail address").fill(invited.email);
  await page.getByLabel("Role", { exact: true }).selectOption("admin");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByText(`${invited.email} is invited`).waitFor();
  const open = page.getByRole("table", { name: "Open invitations" }).getByRole("row").nth(1);
  assertEquals((await open.innerText()).includes("Admin"), true);
  assertEquals(await page.evaluate("document.activeElement.textContent"), "Invite somebody");
  await scene.checkAccessibility();
  await scene.photograph("members");

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await enter(scene, invited, "/");
  await scene.checkAccessibility();
  await scene.photograph("invited");
  await page.getByRole("button", { name: "Accept: Inviting company" }).click();

  await page.getByText("You have joined Inviting company").waitFor();
  await page.getByRole("main").getByRole("link", { name: "Inviting company" }).click();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  const [row] = await stack.sql`
    select role from public.organization_members where organization_id = ${id} and user_id = ${invited.id}`;
  assertEquals(row?.["role"], "admin");
});

consoleTest("an invitation is declined, and another one taken back", async (scene) => {
  const { page } = scene;
  const { id, accounts: { owner } } = await makeOrganization("Declined company");
  const invited = await signUpAccount(stack);
  for (const email of [invited.email, "taken-back@example.com"]) {
    await stack.sql`
      insert into public.organization_invitations (organization_id, email, role, invited_by)
      values (${id}, ${email}, 'member', ${owner.id})`;
  }
  await enter(scene, owner, `/${id}/members`);

  await page.getByRole("button", { name: "Take back: taken-back@example.com" }).click();
  await scene.checkAccessibility();
  await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await page.getByText("The invitation of taken-back@example.com is taken back").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await enter(scene, invited, "/");
  await page.getByRole("button", { name: "Decline: Declined company" }).click();

  await page.getByText("You have declined to join Declined company").waitFor();
  const left = await stack.sql`select id from public.organization_invitations where organization_id = ${id}`;
  assertEquals(left.length, 0);
});

consoleTest("an owner makes an admin of a member, and removes one", async (scene) => {
  const { page } = scene;
  const { id, accounts: { owner, admin, member } } = await makeOrganization();
  await enter(scene, owner, `/${id}/members`);

  await page.getByLabel(`Change the role of ${member.email}`, { exact: true }).selectOption("admin");
  await page.getByRole("button", { name: `Save: Change the role of ${member.email}` }).click();
  await page.getByText(`${member.email} is now Admin`).waitFor();
  await page.getByRole("button", { name: `Remove: ${admin.email}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText(`${admin.email} is no member any more`).waitFor();
  // The button that opened the dialog has gone with its row.
  assertEquals(await page.evaluate("document.activeElement.textContent"), "Members");

  const rows = await stack.sql`
    select user_id, role from public.organization_members where organization_id = ${id} order by role desc`;
  assertEquals(rows.map(({ user_id, role }) => [user_id, role]), [[owner.id, "owner"], [member.id, "admin"]]);
});

/** What each role may do on the pages; the last owner neither leaves nor becomes less. */
const OFFERED: Record<Role, (accounts: Record<Role, Account>) => { members: string[]; settings: string[] }> =
  {
    owner: ({ admin, member }) => ({
      members: [
        "Invite somebody",
        `Change the role of ${admin.email}`,
        `Remove: ${admin.email}`,
        `Change the role of ${member.email}`,
        `Remove: ${member.email}`,
        "Take back: open@example.com",
      ],
      settings: ["Copy: Id", "Save", "Upload the logo", "Delete organization"],
    }),
    admin: ({ admin, member }) => ({
      members: [
        "Invite somebody",
        `Change the role of ${admin.email}`,
        "Leave",
        `Change the role of ${member.email}`,
        `Remove: ${member.email}`,
      ],
      settings: ["Copy: Id"],
    }),
    member: () => ({ members: ["Leave"], settings: ["Copy: Id"] }),
  };
for (const role of ["owner", "admin", "member"] as const) {
  consoleTest(`${role}: no button is there that would be refused`, async (scene) => {
    const { page } = scene;
    const { id, accounts } = await makeOrganization();
    await stack.sql`
      insert into public.organization_invitations (organization_id, email, role, invited_by)
      values (${id}, 'open@example.com', 'owner', ${accounts.owner.id})`;

    await enter(scene, accounts[role], `/${id}/members`);
    await page.getByText("open@example.com").waitFor();
    const members = await buttons(page);
    await scene.open(`/${id}/settings`);
    await scene.checkAccessibility();
    await scene.photograph(`settings_${role}`);

    assertEquals({ members, settings: await buttons(page) }, OFFERED[role](accounts));
  });
}

consoleTest(
  "a role that was taken away meanwhile is said where it is needed, and nothing is done",
  async (scene) => {
    const { page } = scene;
    const { id, accounts: { admin, member } } = await makeOrganization();
    await enter(scene, admin, `/${id}/members`);
    await page.getByRole("button", { name: "Invite somebody" }).click();
    await page.getByLabel("E-mail address").fill("new@example.com");
    await stack.sql`
    update public.organization_members set role = 'member'
    where organization_id = ${id} and user_id = ${admin.id}`;

    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText("Your role does not allow this.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: `Remove: ${member.email}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog").getByText("Your role does not allow this.").waitFor();
    await page.reload();
    await page.getByRole("rowheader", { name: member.email }).waitFor();

    assertEquals(await buttons(page), ["Leave"]);
    const rows = await stack.sql`
    select (select count(*)::integer from public.organization_invitations where organization_id = ${id}) as invited,
      (select count(*)::integer from public.organization_members where organization_id = ${id}) as members`;
    assertEquals([...rows], [{ invited: 0, members: 3 }]);
  },
);

consoleTest(
  "an owner renames an organization, and a value that is refused is said beside its field",
  async (scene) => {
    const { page } = scene;
    const { id, accounts: { owner } } = await makeOrganization();
    await enter(scene, owner, `/${id}/settings`);

    await page.getByLabel("Days that audit events are kept").fill("999999");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText(/^This has to be /).waitFor();
    await page.getByLabel("Days that audit events are kept").fill("90");
    await page.getByLabel("Name").fill("Renamed company");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The organization is saved").waitFor();

    await page.locator("header summary", { hasText: "Renamed company" }).waitFor();
    const [row] = await stack
      .sql`select name, audit_retention_days as days from public.organizations where id = ${id}`;
    assertEquals([row?.["name"], row?.["days"]], ["Renamed company", 90]);
  },
);

consoleTest("an organization is deleted only by whoever types its name", async (scene) => {
  const { page } = scene;
  const { id, accounts: { owner } } = await makeOrganization("Doomed company");
  await enter(scene, owner, `/${id}/settings`);

  await page.getByRole("button", { name: "Delete organization" }).click();
  const dialog = page.getByRole("dialog");
  await scene.checkAccessibility();
  await dialog.getByLabel(/^Type/).fill("Doomed");
  await dialog.getByRole("button", { name: "Delete organization" }).click();
  await dialog.getByText("This has to be Doomed company").waitFor();
  assertEquals((await stack.sql`select from public.organizations where id = ${id}`).length, 1);
  await dialog.getByLabel(/^Type/).fill("Doomed company");
  await dialog.getByRole("button", { name: "Delete organization" }).click();

  await page.getByText("Doomed company is deleted").waitFor();
  await page.getByText("You belong to no organization yet.").waitFor();
  assertEquals((await stack.sql`select from public.organizations where id = ${id}`).length, 0);
});

consoleTest("a member leaves, and sees the organization no more", async (scene) => {
  const { page } = scene;
  const { id, accounts: { member } } = await makeOrganization("Left company");
  await enter(scene, member, `/${id}/members`);

  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();

  await page.getByText("You have left Left company").waitFor();
  await page.getByText("You belong to no organization yet.").waitFor();
});

consoleTest(
  "another organization's URL says that there is no such page, and two organizations stay apart",
  async (scene) => {
    const { page } = scene;
    const one = await makeOrganization("First company");
    const other = await makeOrganization("Second company");
    await enter(scene, one.accounts.owner, `/${other.id}/members`);
    await page.getByRole("heading", { name: "Not found" }).waitFor();
    await scene.checkAccessibility();

    const second = await scene.openWindow();
    await enter(second, other.accounts.owner, `/${other.id}/members`);
    await second.page.getByText(other.accounts.member.email).waitFor();

    assertEquals(await page.getByText(other.accounts.member.email).count(), 0);
    assertEquals(await second.page.getByText(one.accounts.member.email).count(), 0);
  },
);
