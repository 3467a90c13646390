/**
 * Sign-in, sign-up and the end of a session: from nothing to home, and back to the same page.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { type Account, addMember, signUpAccount, useConsole } from "../support/console/console.ts";
import { insert } from "../support/stack/tenant.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

/** What the browser says of a request that was refused on purpose. */
const REFUSED = [/status of 4(00|01|22)/];

consoleTest("a stranger makes an account, founds an organization and is at its home", async (scene) => {
  const { page, open } = scene;
  const email = `${crypto.randomUUID()}@example.com`;
  await open();
  await scene.checkAccessibility();
  await scene.photograph("sign_in");

  await page.getByRole("button", { name: "Create an account" }).click();
  await scene.checkAccessibility();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill("a long enough password");
  await page.getByRole("button", { name: "Create account", exact: true }).click();
  await page.getByText("You belong to no organization yet.").waitFor();
  await scene.checkAccessibility();
  await scene.photograph("no_organization");
  await page.getByLabel("Name").fill("Ada's company");
  await page.getByRole("button", { name: "Found an organization" }).click();

  await page.getByRole("heading", { name: "Home" }).waitFor();
  await page.getByText("Ada's company is founded").waitFor();
  await page.getByText("No MCP server is set up yet.").waitFor();
  assertMatch(new URL(page.url()).hash, /^#\/org_[\w-]+$/);
  assertEquals(await page.title(), "Home · Ada's company · Gatepost");
  await scene.checkAccessibility();
});

consoleTest("a wrong password is said beside its field, and read out with it", async ({ page, open }) => {
  const account = await signUpAccount(stack);
  await open();

  await page.getByLabel("E-mail address").fill(account.email);
  await page.getByLabel("Password").fill("wrong");
  await page.keyboard.press("Enter");

  const field = page.getByLabel("Password");
  await page.getByText("The address or the password is wrong.").waitFor();
  assertEquals(await field.getAttribute("aria-invalid"), "true");
  assertEquals(await describe(page), "The address or the password is wrong.");
}, { expected: REFUSED });

consoleTest("an empty form is not sent: the first wrong field has the focus", async ({ page, open }) => {
  await open();

  await page.getByRole("button", { name: "Sign in", exact: true }).click();

  await page.getByText("Some fields have to be corrected.").waitFor();
  assertEquals(await page.evaluate("document.activeElement.name"), "email");
});

consoleTest(
  "a link by e-mail is offered, and the answer is the same for an address that nobody has",
  async (scene) => {
    const { page, open } = scene;
    await open();

    await page.getByRole("button", { name: "Send a link instead" }).click();
    await scene.checkAccessibility();
    await page.getByLabel("E-mail address").fill("nobody@example.com");
    await page.getByRole("button", { name: "Send a link instead" }).click();

    await page.getByText(/nobody@example.com can sign in here/).waitFor();
  },
  { expected: REFUSED },
);

consoleTest(
  "the providers that the project has are offered, and the way leads to Supabase Auth with PKCE",
  async (scene) => {
    const { page, open } = scene;
    await page.route("**/auth/v1/settings", (route) =>
      route.fulfill({
        json: { external: { google: true, github: true, email: false, apple: false }, disable_signup: true },
        headers: { "access-control-allow-origin": "*" },
      }));
    let asked = "";
    await page.route("**/auth/v1/authorize**", (route) => {
      asked = route.request().url();
      return route.fulfill({ status: 200, contentType: "text/html", body: "the provider" });
    });
    await open("/org_x/members");

    assertEquals(await page.getByRole("button", { name: /^Continue/ }).allInnerTexts(), [
      "Continue with GitHub",
      "Continue with Google",
    ]);
    assertEquals(await page.getByLabel("Password").count(), 0);
    await scene.checkAccessibility();
    await page.getByRole("button", { name: "Continue with Google" }).click();
    await page.getByText("the provider").waitFor();

    const { searchParams } = new URL(asked);
    assertEquals([searchParams.get("provider"), searchParams.get("code_challenge_method")], [
      "google",
      "s256",
    ]);
    assertEquals(new URL(searchParams.get("redirect_to")!).hash, "");
  },
);

consoleTest(
  "whoever comes back from Supabase Auth with a refusal is told so, at the page that was asked for",
  async (scene) => {
    const { page, open } = scene;
    await open("/org_x/members");
    await page.evaluate("localStorage.setItem('gatepost-console-return', '#/org_x/members')");

    await page.goto(page.url().replace(/#.*/, "?error=access_denied&error_description=no"));

    await page.getByText("The sign-in did not come to its end. Try again.").waitFor();
    assertEquals([new URL(page.url()).search, new URL(page.url()).hash], ["", "#/org_x/members"]);
  },
);

consoleTest(
  "a session that ends in mid-task leads to the sign-in, and back to the same page",
  async (scene) => {
    const { page, open, signIn } = scene;
    const account = await signUpAccount(stack);
    const organizationId = await insert(stack, "organizations", { name: "A company" });
    await addMember(stack, organizationId, account, "owner");
    await open(`/${organizationId}/members`);
    await signIn(account);
    await endSession(page, account);

    await page.getByRole("button", { name: "Invite somebody" }).click();
    await page.getByLabel("E-mail address").fill("new@example.com");
    await page.getByRole("button", { name: "Invite", exact: true }).click();

    await page.getByText("Your session has ended.").waitFor();
    await scene.checkAccessibility();
    await signIn(account);
    assertEquals(await page.getByRole("heading", { level: 1 }).innerText(), "Members");
    assertEquals(new URL(page.url()).hash, `#/${organizationId}/members`);
    assertEquals(await page.getByText("new@example.com").count(), 0);
  },
  { expected: REFUSED },
);

consoleTest(
  "a session that ends while a function is asked leads to the sign-in, and back to the same page",
  async (scene) => {
    const { page, open, signIn } = scene;
    const account = await signUpAccount(stack);
    const organizationId = await insert(stack, "organizations", { name: "A company" });
    await addMember(stack, organizationId, account, "owner");
    await open(`/${organizationId}/providers/new`);
    await signIn(account);
    await endSession(page, account);

    await page.getByLabel("Issuer", { exact: true }).fill("http://127.0.0.1:9");

    await page.getByText("Your session has ended.").waitFor();
    await signIn(account);
    assertEquals(await page.getByRole("heading", { level: 1 }).innerText(), "New provider");
    const events = await stack.sql`
      select from public.mcp_audit_events where organization_id = ${organizationId} and event = 'config_checked'`;
    assertEquals(events.length, 0);
  },
  { expected: REFUSED },
);

consoleTest(
  "a token that the project refuses leads to the sign-in as well",
  async ({ page, open, signIn }) => {
    const account = await signUpAccount(stack);
    await open();
    await signIn(account);
    await page.route("**/rest/v1/**", (route) =>
      route.fulfill({
        status: 401,
        json: { code: "PGRST303", message: "JWT expired" },
        headers: { "access-control-allow-origin": "*" },
      }));

    await page.reload();

    await page.getByText("Your session has ended.").waitFor();
  },
  { expected: REFUSED },
);

consoleTest("a sign-out in one tab is one in every tab", async ({ page, open, signIn }) => {
  const account = await signUpAccount(stack);
  await open();
  await signIn(account);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByText(`Signed in as ${account.email}`).waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();

  await other.getByRole("heading", { name: "Sign in" }).waitFor();
});

consoleTest("whoever is signed in changes the password, and signs in with the new one", async (scene) => {
  const { page, open, signIn } = scene;
  const account = await signUpAccount(stack);
  await open();
  await signIn(account);

  await page.getByRole("link", { name: `Signed in as ${account.email}` }).click();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
  await scene.checkAccessibility();
  await page.getByLabel("New password").fill("another password");
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("The password is changed").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();

  await signIn({ ...account, password: "another password" });
});

// Supabase Auth answers a link with a code in the query, which only the browser that asked can redeem
// (https://supabase.com/docs/guides/auth/sessions/pkce-flow). The embedded stack's answers with tokens instead.
consoleTest(
  "a link by e-mail leads back to the page that was asked for, with a code for this browser",
  async (scene) => {
    const { page, open } = scene;
    const account = await signUpAccount(stack);
    const organizationId = await insert(stack, "organizations", { name: "A company" });
    await addMember(stack, organizationId, account, "member");
    const { API_URL, PUBLISHABLE_KEY } = stack.status;
    let redeemed: Record<string, string> = {};
    await page.route("**/auth/v1/token?grant_type=pkce", async (route) => {
      redeemed = route.request().postDataJSON();
      const response = await fetch(`${API_URL}/auth/v1/token?grant_type=password`, {
        method: "POST",
        headers: { "apikey": PUBLISHABLE_KEY, "Content-Type": "application/json" },
        body: JSON.stringify({ email: account.email, password: account.password }),
      });
      await route.fulfill({ json: await response.json(), headers: { "access-control-allow-origin": "*" } });
    });
    await open(`/${organizationId}/members`);
    await page.getByRole("button", { name: "Send a link instead" }).click();
    await page.getByLabel("E-mail address").fill(account.email);
    await page.getByRole("button", { name: "Send a link instead" }).click();
    await page.getByText(/an e-mail with a link is on its way/).waitFor();
    const verifier = await page.evaluate<string>(
      `JSON.parse(localStorage.getItem("gatepost-console-session-code-verifier")).split("/")[0]`,
    );

    await page.goto(page.url().replace(/#.*/, "?code=the-code"));

    await page.getByRole("heading", { name: "Members" }).waitFor();
    assertEquals(redeemed, { auth_code: "the-code", code_verifier: verifier });
    assertEquals([new URL(page.url()).search, new URL(page.url()).hash], ["", `#/${organizationId}/members`]);
  },
);

/** The server forgets the session, and the access token comes to its end. */
async function endSession(page: Page, { id }: Account): Promise<void> {
  await stack.sql`delete from auth.sessions where user_id = ${id}`;
  await page.evaluate(`
    const kept = JSON.parse(localStorage.getItem("gatepost-console-session"));
    localStorage.setItem("gatepost-console-session", JSON.stringify({ ...kept, expires_at: 1 }));`);
}

/** What the focused field is described by. */
function describe(page: Page): Promise<string> {
  return page.evaluate<string>(`
    document.activeElement.getAttribute("aria-describedby").split(" ")
      .map((id) => document.getElementById(id).textContent).join(" ")`);
}
