/**
 * The audit: filtered, and as a file that is safe to open.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { type Account, addMember, signUpAccount, useConsole } from "../support/console/console.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

/** An address that a spreadsheet would take for a formula. */
const ADDRESS = "=HYPERLINK(1)@example.com";

async function open(): Promise<{ scene: Scene; id: string; account: Account }> {
  const scene = await setScene(stack, { program: { person: { sub: "ada", email: ADDRESS, name: "Ada" } } });
  const account = await signUpAccount(stack);
  await addMember(stack, scene.tenant.organizationId, account, "member");
  await logIn(scene);
  return { scene, id: scene.tenant.organizationId, account };
}

consoleTest("events are filtered by name, person and day", async (console) => {
  const { page } = console;
  const { scene, id, account } = await open();
  await using _ = scene;
  await console.open(`/${id}/audit`);
  await console.signIn(account);
  await page.getByRole("rowheader", { name: "user_created" }).waitFor();
  await console.checkAccessibility();
  await console.photograph("audit");

  await page.getByLabel("Event").fill("login");
  await page.getByLabel("Person").fill("HYPERLINK");
  await page.keyboard.press("Enter");
  await page.getByRole("rowheader", { name: "user_created" }).waitFor({ state: "detached" });
  await page.getByRole("rowheader", { name: "login_completed" }).waitFor();
  assertEquals(await page.getByRole("rowheader").allInnerTexts(), ["A login was completed\nlogin_completed"]);
  await page.getByLabel("Until").fill("2020-01-01");
  await page.getByRole("button", { name: "Apply" }).click();

  await page.getByText("Nothing fits the filter.").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("rowheader", { name: "user_created" }).waitFor();
  assertEquals(await page.getByLabel("Until").inputValue(), "");
});

consoleTest("the file has every event that the filter leaves, and no cell is a formula", async (console) => {
  const { page } = console;
  const { scene, id, account } = await open();
  await using _ = scene;
  // More than one request reads, and several at the same time.
  await stack.sql`
    insert into public.mcp_audit_events (organization_id, event, keep_until, occurred_at)
    select ${id}, 'server_saved', now() + interval '1 day', now() - (number / 400) * interval '1 hour'
    from generate_series(1, 1200) as number`;
  await console.open(`/${id}/audit`);
  await console.signIn(account);

  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as CSV" }).click(),
  ]);
  const [header, ...lines] = (await Deno.readTextFile(await file.path())).trimEnd().split("\r\n");
  await page.getByText(`${new Intl.NumberFormat("en-US").format(lines.length)} events are in your downloads`)
    .waitFor();
  const [counted] = await stack.sql`
    select count(*)::integer as events from public.mcp_audit_events where organization_id = ${id}`;

  assertEquals(file.suggestedFilename(), `audit_${id}.csv`);
  assertMatch(header!, /^\ufeff?audit_event_id,occurred_at,event,/);
  assertEquals(lines.length, counted!["events"]);
  assertEquals(new Set(lines.map((line) => line.split(",")[0])).size, lines.length);
  assertEquals(lines.some((line) => line.includes(`"'${ADDRESS}"`)), true);
  assertEquals(lines.some((line) => line.includes(`,${ADDRESS}`)), false);
});
