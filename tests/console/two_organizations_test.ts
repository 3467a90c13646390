/**
 * Two organizations in two windows: nothing of one is seen in the other.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Account, addMember, signUpAccount, useConsole } from "../support/console/console.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

/** An organization with one person, whose name and address nobody else has. */
async function open(
  word: string,
): Promise<{ scene: Scene; id: string; owner: Account; personId: string; requestId: string }> {
  const scene = await setScene(stack, {
    program: {
      person: { sub: `subject-${word}`, email: `${word}@example.com`, email_verified: true, name: word },
    },
    client: { client_name: `App ${word}` },
  });
  const id = scene.tenant.organizationId;
  await stack.sql`update public.organizations set name = ${`Company ${word}`} where id = ${id}`;
  const owner = await signUpAccount(stack);
  await addMember(stack, id, owner, "owner");
  await logIn(scene);
  const [event] = await stack.sql`
    select request_id, mcp_server_user_id from public.mcp_audit_events
    where organization_id = ${id} and event = 'login_completed'`;
  return {
    ...{ scene, id, owner },
    personId: String(event!["mcp_server_user_id"]),
    requestId: String(event!["request_id"]),
  };
}

consoleTest(
  "nothing of another organization is seen: not in lists, not by id, not in answers",
  async (console) => {
    const { page } = console;
    const [one, other] = [await open("wisteria"), await open("marigold")];
    await using _ = one.scene;
    await using __ = other.scene;
    // The other window is another person's, and open at the same time.
    const otherWindow = await console.openWindow();
    await console.open(`/${one.id}/people`);
    await console.signIn(one.owner);
    await otherWindow.open(`/${other.id}/people`);
    await otherWindow.signIn(other.owner);
    await otherWindow.page.getByRole("link", { name: "marigold" }).waitFor();
    await page.getByRole("link", { name: "wisteria" }).waitFor();
    const answers: string[] = [];
    page.on("response", async (response) => {
      answers.push(await response.text().catch(() => ""));
    });

    const seen: string[] = [];
    for (const at of ["people", "connections", "clients", "logins", "logins?show=ended", "audit"]) {
      for (const organizationId of [one.id, other.id]) {
        await console.open(`/${organizationId}/${at}`);
        seen.push(await page.locator("body").innerText());
      }
    }
    for (
      const at of [
        `people/${other.personId}`,
        `logins/${other.requestId}`,
        `people?search=marigold`,
        `people?search=subject-marigold`,
        `people?search=${other.personId}`,
        `connections?person=${other.personId}`,
        `connections?server=${other.scene.tenant.serverId}`,
        `clients?search=App`,
        `logins?person=marigold`,
        `audit?request=${other.requestId}`,
      ]
    ) {
      await console.open(`/${one.id}/${at}`);
      seen.push(await page.locator("body").innerText());
    }

    assertEquals(seen.filter((text) => text.includes("marigold")), []);
    assertEquals(answers.filter((text) => text.includes("marigold")), []);
    assertEquals(seen.filter((text) => text.includes("wisteria")).length > 0, true);
  },
);
