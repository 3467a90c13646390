/**
 * The console as a host serves it: small, held to a strict policy, and signed in to in a real browser.
 *
 * Its pages are tested in `tests/console`, which runs on demand.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { buildPolicy } from "../../supabase/local/console/build_console.ts";
import { joinDemoOrganization, openDemoOwner } from "../../supabase/local/demo/demo_owner.ts";
import { addMember, buildFor, signUpAccount, useConsole } from "../support/console/console.ts";
import { insert, type Row } from "../support/stack/tenant.ts";
import { useStack } from "../support/stack/stack.ts";

/** Everything that a browser loads, compressed. */
const MOST_BYTES = 150_000;

const stack = await useStack();
const consoleTest = useConsole(stack);

Deno.test("the console is less than 150 kB compressed, all files together", async () => {
  const { files } = await buildFor(stack);

  let bytes = 0;
  for (const file of files.values()) {
    const compressed = new Blob([file.bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    bytes += (await new Response(compressed).arrayBuffer()).byteLength;
  }

  assertEquals([...files.keys()].sort(), ["console.js", "icon.svg", "index.html", "style.css"]);
  assert(bytes < MOST_BYTES, `${bytes} bytes`);
});

Deno.test("the console's page has no script and no style in itself, and names no other origin", async () => {
  const { files } = await buildFor(stack);

  const page = new TextDecoder().decode(files.get("index.html")!.bytes);
  const style = new TextDecoder().decode(files.get("style.css")!.bytes);

  assertEquals(page.match(/<script[^>]*>[^<]|<style|\son\w+=|\sstyle=/g), null);
  assertEquals(`${page}${style}`.match(/https?:\/\/[^"'\s;)]+/g)?.filter((url) => !isOwn(url)), []);
  assertEquals(style.includes("url("), false);
});

Deno.test("the console's policy admits its own files and the project's origins, and nothing else", async () => {
  const { headers } = await buildFor(stack);
  const project = {
    apiUrl: "https://abc.supabase.co",
    publicUrl: "https://auth.example.com/functions/v1",
    publishableKey: "",
  };

  assertEquals(buildPolicy(project).split("; "), [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' https://auth.example.com",
    "connect-src https://abc.supabase.co https://auth.example.com",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
  assertEquals(headers["X-Frame-Options"], "DENY");
});

Deno.test("a key cannot leave the attribute that the console's page keeps it in", async () => {
  const { status } = stack;

  const { files } = await buildFor({ status: { ...status, PUBLISHABLE_KEY: `"><script>alert(1)</script>` } });

  assertStringIncludes(
    new TextDecoder().decode(files.get("index.html")!.bytes),
    `<meta name="gatepost-publishable-key" content="&quot;>&lt;script>alert(1)&lt;/script>">`,
  );
});

Deno.test("deno task console --build writes the files, and the headers that a host has to send", async () => {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-console-files-" });
  const project = ["--url", "https://abc.supabase.co", "--key", "sb_publishable_x"];

  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "console", ...project, "--build", folder],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();

  assert(success, new TextDecoder().decode(stderr));
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  const page = await Deno.readTextFile(`${folder}/index.html`);
  const headers = await Deno.readTextFile(`${folder}/_headers`);
  assertEquals(names.sort(), ["_headers", "console.js", "icon.svg", "index.html", "style.css"]);
  const named = [
    ["gatepost-api-url", "https://abc.supabase.co"],
    ["gatepost-publishable-key", "sb_publishable_x"],
    ["gatepost-public-url", "https://abc.supabase.co/functions/v1"],
  ];
  for (const [name, content] of named) {
    assertStringIncludes(page, `<meta name="${name}" content="${content}">`);
  }
  assertStringIncludes(headers, "/*\n  Content-Security-Policy: default-src 'none'; script-src 'self'; ");
  assertStringIncludes(headers, "connect-src https://abc.supabase.co;");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the stack's own user is made once, and owns the demo organization", async () => {
  const { API_URL: apiUrl, PUBLISHABLE_KEY: publishableKey, DB_URL } = stack.status;
  const dataDir = stack.logFile.replace(/\/[^/]*$/, "");

  const first = await openDemoOwner(dataDir, { apiUrl, publishableKey });
  const again = await openDemoOwner(dataDir, { apiUrl, publishableKey });
  await joinDemoOrganization(DB_URL);
  await joinDemoOrganization(DB_URL);

  const members = await stack.sql`
    select account.email, member.role from public.organization_members as member
    join auth.users as account on account.id = member.user_id where member.organization_id = 'org_demo'`;
  assertEquals(again, first);
  assertEquals(members.map(({ email, role }) => [email, role]), [[first.email, "owner"]]);
});

consoleTest(
  "a member signs in to the console, sees the organization, and signs out",
  async ({ page, open, signIn }) => {
    const account = await signUpAccount(stack);
    const row: Row = { name: "Watched organization" };
    const organizationId = await insert(stack, "organizations", row);
    await addMember(stack, organizationId, account, "member");

    await open(`/${organizationId}/members`);
    await signIn(account);

    assertEquals(await page.getByRole("heading", { level: 1 }).innerText(), "Members");
    assertEquals(await page.getByRole("rowheader").allInnerTexts(), [`${account.email} you`]);
    assertEquals(new URL(page.url()).hash, `#/${organizationId}/members`);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assertEquals(await page.evaluate("localStorage.getItem('gatepost-console-session')"), null);
  },
);

function isOwn(url: string): boolean {
  return url.startsWith(stack.status.API_URL);
}
