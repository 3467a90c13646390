/**
 * People: found, read, blocked, merged, exported and erased, by those who may.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { type Account, addMember, signUpAccount, useConsole } from "../support/console/console.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { insert } from "../support/stack/tenant.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

const ADA = { sub: "subject-of-ada", email: "ada@example.com", email_verified: true, name: "Ada Lovelace" };
const GRACE = {
  sub: "subject-of-grace",
  email: "grace@example.com",
  email_verified: true,
  name: "Grace Hopper",
};
/** Markup, a right-to-left override, and a space without width. */
const HOSTILE = {
  sub: "subject-of-eve",
  email: "eve@example.com",
  name: '<img src="https://evil.example.com/x" onerror="document.title=1">\u202eevE\u200b',
};

/** An organization that people have logged in to, and one of its members. */
async function open(
  role: "owner" | "member" = "owner",
): Promise<{ scene: Scene; id: string; account: Account; personId: (sub: string) => Promise<string> }> {
  const scene = await setScene(stack, {
    program: { person: ADA, people: { grace: GRACE, eve: HOSTILE } },
    client: { client_name: "Example app" },
  });
  const id = scene.tenant.organizationId;
  const account = await signUpAccount(stack);
  await addMember(stack, id, account, role);
  await logIn(scene);
  return {
    scene,
    id,
    account,
    async personId(sub): Promise<string> {
      const [row] = await stack.sql`
        select mcp_server_user_id from public.mcp_server_user_identities
        where organization_id = ${id} and subject = ${sub}`;
      return String(row!["mcp_server_user_id"]);
    },
  };
}

async function search(page: Page, text: string): Promise<void> {
  await page.getByLabel("Search", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

/** Whom the list shows. */
function listPeople(page: Page): Promise<string[]> {
  return page.getByRole("rowheader").allInnerTexts();
}

consoleTest("a person is found by name, address, id and subject, and has a file", async (console) => {
  const { page } = console;
  const { scene, id, account, personId } = await open();
  await using _ = scene;
  await logIn(scene, { login_hint: "grace" });
  await console.open(`/${id}/people`);
  await console.signIn(account);
  assertEquals(await listPeople(page), ["Grace Hopper", "Ada Lovelace"]);
  await console.checkAccessibility();
  await console.photograph("people");

  for (const text of ["lovelace", "ADA@", "subject-of-ada", await personId(ADA.sub)]) {
    await search(page, "nobody");
    await page.getByText("Nothing fits the filter.").waitFor();
    await search(page, text);
    await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
    assertEquals(await listPeople(page), ["Ada Lovelace"], text);
  }
  assert(page.url().includes("search="), "a search can be sent to a colleague");

  await page.getByRole("link", { name: "Ada Lovelace" }).click();
  await page.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
  await page.getByRole("rowheader", { name: "subject-of-ada" }).waitFor();
  await page.getByRole("rowheader", { name: "Example app" }).first().waitFor();
  await page.getByText("verified by the provider").waitFor();
  await console.checkAccessibility();
  await console.photograph("person");
});

consoleTest(
  "a text that a filter could read as its own finds nobody and refuses nothing",
  async (console) => {
    const { page } = console;
    const { scene, id, account } = await open();
    await using _ = scene;
    await console.open(`/${id}/people`);
    await console.signIn(account);

    for (const text of ['"),or(email.not.is.null', "x,email.not.is.null", "x\\y", "x'--"]) {
      await search(page, text);
      await page.getByText("Nothing fits the filter.").waitFor();
      await page.getByRole("button", { name: "Show all" }).click();
      await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
      assertEquals(await page.getByLabel("Search", { exact: true }).inputValue(), "");
    }
  },
);

consoleTest("a hostile name is text wherever it stands, and what nobody sees is marked", async (console) => {
  const { page } = console;
  const { scene, id, account, personId } = await open();
  await using _ = scene;
  await logIn(scene, { login_hint: "eve" });
  const shown = HOSTILE.name.replaceAll(/[\u202e\u200b]/g, "\ufffd");
  await console.open(`/${id}/people`);
  await console.signIn(account);
  assertEquals(await listPeople(page), [shown, "Ada Lovelace"]);
  await console.photograph("people_hostile");

  await page.getByRole("rowheader").getByRole("link").first().click();
  await page.getByRole("heading", { level: 1, name: shown }).waitFor();
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByRole("dialog").getByRole("heading", { name: `Block ${shown}?` }).waitFor();
  await console.photograph("person_hostile");
  await page.getByRole("button", { name: "Cancel" }).click();
  await console.open(`/${id}/connections?person=${await personId(HOSTILE.sub)}`);
  await page.getByRole("rowheader", { name: shown }).waitFor();

  assertEquals(await page.locator("main img, main script").count(), 0);
  assertEquals(await page.title(), "Connections · An organization · Gatepost");
  const text = await page.locator("body").innerText();
  assertEquals(/[\u202a-\u202e\u2066-\u2069\u200b]/.test(text), false);
});

consoleTest("a person is blocked and let in again, and the page says so when it is true", async (console) => {
  const { page } = console;
  const { scene, id, account, personId } = await open();
  await using _ = scene;
  const person = await personId(ADA.sub);
  const readBlocked = async (): Promise<boolean> => {
    const [row] = await stack.sql`select blocked_at from public.mcp_server_user where id = ${person}`;
    return row!["blocked_at"] !== null;
  };
  await console.open(`/${id}/people/${person}`);
  await console.signIn(account);

  await page.getByRole("button", { name: "Block", exact: true }).click();
  await console.checkAccessibility();
  await page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
  await page.getByText("Ada Lovelace is blocked").waitFor();
  assertEquals(await readBlocked(), true);
  await page.getByText("Blocked since").waitFor();
  assertEquals(await page.getByRole("button", { name: "Merge" }).count(), 0);

  await page.getByRole("button", { name: "Let in again" }).click();
  await page.getByText("Ada Lovelace is let in again").waitFor();
  assertEquals(await readBlocked(), false);
});

consoleTest(
  "two people are merged, the old address leads to the one who stayed, and it is taken back",
  async (console) => {
    const { page } = console;
    const { scene, id, account, personId } = await open();
    await using _ = scene;
    await logIn(scene, { login_hint: "grace" });
    const [ada, grace] = [await personId(ADA.sub), await personId(GRACE.sub)];
    await console.open(`/${id}/people/${ada}`);
    await console.signIn(account);

    await page.getByRole("button", { name: "Merge" }).click();
    await page.getByLabel("The other person").fill("ada");
    await page.getByRole("button", { name: "Find", exact: true }).click();
    await page.getByText("Nobody fits who could be merged", { exact: false }).waitFor();
    await page.getByLabel("The other person").fill("hopper");
    await page.keyboard.press("Enter");
    await page.getByLabel("Grace Hopper").check();
    await console.checkAccessibility();
    await console.photograph("merge");
    await page.getByRole("dialog").getByRole("button", { name: "Merge" }).click();
    await page.getByText("Ada Lovelace has taken over the other person").waitFor();
    await page.getByRole("rowheader", { name: "subject-of-grace" }).waitFor();

    await console.open(`/${id}/people/${grace}`);
    await page.getByText("This person was merged into").waitFor();
    await page.getByRole("link", { name: "ada@example.com" }).click();
    await page.getByRole("heading", { name: "Ada Lovelace" }).waitFor();

    await page.getByRole("button", { name: "Take back" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
    await page.getByText("The merge is taken back").waitFor();
    await page.getByRole("rowheader", { name: "subject-of-grace" }).waitFor({ state: "detached" });
    assertEquals(await personId(GRACE.sub), grace);
  },
);

consoleTest("a person is exported to a file, and erased with a receipt", async (console) => {
  const { page } = console;
  const { scene, id, account, personId } = await open();
  await using _ = scene;
  const person = await personId(ADA.sub);
  await console.open(`/${id}/people/${person}`);
  await console.signIn(account);

  const [exported] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export" }).click(),
  ]);
  assertEquals(exported.suggestedFilename(), `${person}.json`);
  const document = JSON.parse(await Deno.readTextFile(await exported.path()));
  assert(JSON.stringify(document).includes(ADA.sub), "the identity is exported");
  await page.getByText("What is kept of Ada Lovelace is in your downloads").waitFor();

  await page.getByRole("button", { name: "Erase" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Erase" }).click();
  await page.getByText(`This has to be ${person}`).waitFor();
  await page.getByLabel(`Type ${person} to confirm`).fill(person);
  await page.getByRole("dialog").getByRole("button", { name: "Erase" }).click();
  await page.getByRole("heading", { name: "Receipt of an erasure" }).waitFor();
  await console.checkAccessibility();
  await console.photograph("receipt");
  const [receipt] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save the receipt" }).click(),
  ]);
  const { receipt_id, erased } = JSON.parse(await Deno.readTextFile(await receipt.path()));

  const [event] = await stack.sql`
    select object_id from public.mcp_audit_events where organization_id = ${id} and event = 'user_erased'`;
  assertEquals([event!["object_id"], erased.people], [receipt_id, 1]);
  await page.reload();
  await page.getByText("There is no such person, or not any more.").waitFor();
});

consoleTest(
  "a member reads a person's file and is offered nothing that would be refused",
  async (console) => {
    const { page } = console;
    const { scene, id, account, personId } = await open("member");
    await using _ = scene;
    await console.open(`/${id}/people/${await personId(ADA.sub)}`);
    await console.signIn(account);

    await page.getByRole("rowheader", { name: "Example app" }).first().waitFor();

    const buttons = await page.locator("main").getByRole("button").allInnerTexts();
    assertEquals(buttons, ["Copy"]);
  },
);

consoleTest(
  "a long list shows everybody once, there and back, also where many came at one time",
  async (console) => {
    const { page } = console;
    const id = await insert(stack, "organizations", { name: "A company" });
    const owner = await signUpAccount(stack);
    await addMember(stack, id, owner, "owner");
    await stack.sql`
    insert into public.mcp_server_user (organization_id, auth_type, profile_data, first_seen_at)
    select ${id}, 'custom_oauth', jsonb_build_object('name', 'Person ' || number), now() - (number / 70) * interval '1 day'
    from generate_series(1, 140) as number`;
    const pages: string[][] = [];
    await console.open(`/${id}/people`);
    await console.signIn(owner);
    const turn = async (name: string): Promise<void> => {
      const [first] = await listPeople(page);
      await page.getByRole("link", { name }).click();
      const heading = page.locator("tbody tr:first-child th");
      await heading.filter({ hasNotText: new RegExp(`^${first}$`) }).waitFor();
    };

    pages.push(await listPeople(page));
    await turn("Next page");
    pages.push(await listPeople(page));
    await turn("Next page");
    pages.push(await listPeople(page));
    assertEquals(await page.getByRole("link", { name: "Next page" }).count(), 0);
    await turn("Previous page");
    const again = await listPeople(page);
    await console.open(`/${id}/people?search=Person 1`);
    await page.getByRole("button", { name: "Show all" }).waitFor();
    await page.getByRole("link", { name: "Person 1", exact: true }).waitFor();
    const found = await listPeople(page);
    await turn("Next page");
    found.push(...await listPeople(page));

    assertEquals(pages.map(({ length }) => length), [50, 50, 40]);
    assertEquals(new Set(pages.flat()).size, 140);
    assertEquals(again, pages[1]);
    // 1, 10 to 19, and 100 to 140.
    assertEquals([found.length, new Set(found).size], [52, 52]);
    assertEquals(found.every((name) => name.startsWith("Person 1")), true);
  },
);

consoleTest(
  "where calls are recorded, a session leads to its calls, and a call to what it was",
  async (console) => {
    const { page } = console;
    const { scene, id, account, personId } = await open("member");
    await using _ = scene;
    const person = await personId(ADA.sub);
    const sessionId = await insert(stack, "mcp_server_session", {
      organization_id: id,
      mcp_server_id: scene.tenant.serverId,
      mcp_server_user_id: person,
      client_id: scene.client.clientId,
      session_hash: "s".repeat(43),
      keep_until: "2999-01-01",
    });
    const recorded = {
      organization_id: id,
      mcp_server_id: scene.tenant.serverId,
      mcp_server_user_id: person,
      client_id: scene.client.clientId,
      method: "tools/call",
      milliseconds: 12,
      http_status: 200,
      bytes_in: 100,
      bytes_out: 200,
      keep_until: "2999-01-01",
    };
    await insert(stack, "mcp_calls", { ...recorded, name: "add", started_at: new Date(), outcome: "ok" });
    const callId = await insert(stack, "mcp_calls", {
      ...recorded,
      mcp_session_id: sessionId,
      name: "delete_everything\u202e",
      started_at: new Date(),
      outcome: "tool_error",
      arguments: { path: "<b>/</b>" },
    });
    await console.open(`/${id}/people/${person}`);
    await console.signIn(account);
    await page.getByRole("link", { name: "add" }).waitFor();

    await page.getByRole("table", { name: "MCP sessions" }).getByRole("link").first().click();
    await page.getByRole("link", { name: "add" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "delete_everything\ufffd" }).click();

    await page.getByText('"path": "<b>/</b>"').waitFor();
    await page.getByText("error of the tool").last().waitFor();
    await console.checkAccessibility();
    await console.photograph("person_calls");
    const { searchParams } = new URL(page.url().replace("#", "?").replace(/\?(.*)\?/, "?$1&"));
    assertEquals([searchParams.get("session"), searchParams.get("call")], [sessionId, callId]);
  },
);
