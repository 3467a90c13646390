/**
 * A login on a bare project, in a real browser: its gateway makes text of our pages, so consent has a page elsewhere.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { browserTest, closeChromium } from "../support/client/chromium.ts";
import { attemptAuthorization, discover, REDIRECT_URI, register } from "../support/client/mcp_client.ts";
import { startProject } from "../support/origin/project.ts";
import { useStack } from "../support/stack/stack.ts";

const PAGE = new URL("../../functions/oauth-authorize/hosted_consent_page.html", import.meta.url);

const project = await startProject(["127.0.0.1"]);
const publicUrl = `http://127.0.0.1:${project.port}/functions/v1`;
const place = await servePage();
const stack = await useStack("own", {
  env: { GATEPOST_PUBLIC_URL: publicUrl, GATEPOST_CONSENT_URL: `${place.origin}/consent.html` },
});
Deno.test.beforeAll(() => {
  project.apiUrl = stack.status.API_URL;
});
Deno.test.afterAll(async () => {
  await closeChromium();
  await place.close();
  await project[Symbol.asyncDispose]();
});

browserTest("a person logs in on a bare project with the page that Gatepost ships", async (page) => {
  const attempt = attemptAuthorization(await register(await discover(`${publicUrl}/mcp/demo`)));
  const types: string[] = [];
  page.on("response", (response) => {
    if (response.url().startsWith(publicUrl) && response.request().method() === "GET") {
      types.push(response.headers()["content-type"] ?? "");
    }
  });
  const arrived = Promise.withResolvers<URL>();
  await page.route(`${REDIRECT_URI}**`, async (route) => {
    arrived.resolve(new URL(route.request().url()));
    await route.fulfill({ body: "back at the app" });
  });

  await page.goto(attempt.url.href);
  await page.getByRole("button", { name: "Approve" }).click();
  await page.locator("input[name=login]").fill("ada");
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
  const { searchParams } = await arrived.promise;

  assertEquals(searchParams.get("state"), attempt.state);
  assertEquals(searchParams.get("iss"), `${publicUrl}/oauth/demo`);
  assert(searchParams.get("code"));
  assertEquals(types.filter((type) => type.startsWith("text/html")), []);
  const asked = project.received.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`);
  assert(asked.includes("POST /functions/v1/oauth-authorize/demo"));
});

/** Serves the page that Gatepost ships, set up as the README says, on an origin of another site. */
async function servePage(): Promise<{ origin: string; close: () => Promise<void> }> {
  const untouched = `name="gatepost-public-url" content=""`;
  const source = await Deno.readTextFile(PAGE);
  const page = source.replace(untouched, `name="gatepost-public-url" content="${publicUrl}"`);
  const listening = { hostname: "127.0.0.1", port: 0, onListen: (): void => undefined };
  const server = Deno.serve(
    listening,
    () => new Response(page, { headers: { "Content-Type": "text/html; charset=utf-8" } }),
  );
  return { origin: `http://localhost:${server.addr.port}`, close: () => server.shutdown() };
}
