/**
 * The database is gone for a moment, and not only for the browser: PostgreSQL ends every connection and takes no new one.
 *
 * On a stack of its own, because every other test would notice.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { connect, inDatabase } from "../../supabase/local/database/connect.ts";
import { addMember, signUpAccount, useConsole } from "../support/console/console.ts";
import { insert } from "../support/stack/tenant.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");
const consoleTest = useConsole(stack);

/** Ends all connections to the database, and lets nobody in. */
async function closeDatabase(): Promise<AsyncDisposable> {
  const elsewhere = connect(inDatabase(stack.adminUrl, "template1"));
  await elsewhere`alter database postgres with allow_connections false`;
  await elsewhere`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'postgres'`;
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      await elsewhere`alter database postgres with allow_connections true`;
      await elsewhere.end();
    },
  };
}

consoleTest(
  "while PostgreSQL is away the page says so, does nothing by half, and goes on by itself",
  async (scene) => {
    const { page, open, signIn } = scene;
    const organizationId = await insert(stack, "organizations", { name: "A company" });
    const owner = await signUpAccount(stack);
    await addMember(stack, organizationId, owner, "owner");
    await insert(stack, "mcp_server_user", {
      organization_id: organizationId,
      auth_type: "custom_oauth",
      email: "ada@example.com",
    });
    await open(`/${organizationId}/members`);
    await signIn(owner);
    await page.getByRole("button", { name: "Invite somebody" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("E-mail address").fill("new@example.com");

    {
      await using _ = await closeDatabase();
      await dialog.getByRole("button", { name: "Invite", exact: true }).click();
      await dialog.getByText(/Nothing is known to have changed/).waitFor();
      await scene.checkAccessibility();
      assertEquals(await dialog.getByLabel("E-mail address").inputValue(), "new@example.com");
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: "People" }).click();
      await page.getByText("The project cannot be reached. The page tries again by itself.").waitFor();
      await scene.checkAccessibility();
      await scene.photograph("database_away");
    }
    await page.getByRole("link", { name: "ada@example.com" }).waitFor();
    assertEquals(await page.getByRole("alert").count(), 0);

    await page.getByRole("link", { name: "Members" }).click();
    await page.getByText("Nobody is invited at present.").waitFor();
    await page.getByRole("button", { name: "Invite somebody" }).click();
    await dialog.getByLabel("E-mail address").fill("new@example.com");
    await page.keyboard.press("Enter");
    await page.getByText("new@example.com is invited").waitFor();
    const rows = await stack.sql`
      select email from public.organization_invitations where organization_id = ${organizationId}`;
    assertEquals([...rows], [{ email: "new@example.com" }]);
  },
  { expected: [/Failed to load resource/] },
);
