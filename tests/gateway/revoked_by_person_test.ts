/**
 * What a person disconnects at Gatepost's own page ends at the gateway, in the vault and at the provider.
 */

import { assertEquals } from "@std/assert";
import { parse } from "node-html-parser";
import { openBrowser } from "../support/client/browser.ts";
import { logInAtPage, pageOf } from "../support/client/own_page.ts";
import {
  freshWorker,
  type GatewayScene,
  readStatuses,
  refreshLogin,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

/** The tokens that the provider was told of. */
function listRevoked({ provider }: GatewayScene): (string | null)[] {
  return provider.requests("revocation").map(({ parameters }) => parameters.get("token"));
}

async function readForms(
  page: string,
  browser: ReturnType<typeof openBrowser>,
): Promise<Record<string, string>[]> {
  const shown = parse(await (await browser.get(page)).text());
  return shown.querySelectorAll("form").map((form) =>
    Object.fromEntries(
      form.querySelectorAll("input, button").map((field) => [
        field.getAttribute("name")!,
        field.getAttribute("value")!,
      ]),
    )
  );
}

Deno.test("a person disconnects one app: the gateway refuses it half a minute later at the latest, the rest at once", async () => {
  await using scene = await setGatewayScene(stack);
  const page = pageOf(stack.status.PUBLIC_URL, scene.tenant.slug);
  let passed = 0;
  await using keeping = await freshWorker(scene, { now: () => Date.now() + passed });
  await using fresh = await freshWorker(scene);
  const before = await readStatuses([await keeping.call(scene)]);
  const browser = openBrowser();
  await logInAtPage(browser, page);
  const forms = await readForms(page, browser);
  const [disconnect] = forms;

  const answer = await browser.post(page, disconnect!);

  const atOnce = await readStatuses([await fresh.call(scene)]);
  passed = 30_001;
  const later = await readStatuses([await keeping.call(scene)]);
  assertEquals(forms.map(({ action }) => action), ["disconnect", "log_out"]);
  assertEquals([answer.status, answer.headers.get("Location")], [303, page]);
  await answer.body?.cancel();
  assertEquals([before, atOnce, later], [[200], [401], [401]]);
  assertEquals((await refreshLogin(scene)).error, "invalid_grant");
  assertEquals(listRevoked(scene), [scene.provider.issued[0]!["refresh_token"]]);
  assertEquals((await readForms(page, browser)).map(({ action }) => action), ["log_out"]);
});

Deno.test("a login at the page keeps no token of the provider, and leaving it ends none there", async () => {
  await using scene = await setGatewayScene(stack);
  const page = pageOf(stack.status.PUBLIC_URL, scene.tenant.slug);
  const browser = openBrowser();
  await logInAtPage(browser, page);

  const living = await stack.sql`
    select id from public.upstream_oauth_tokens
    where organization_id = ${scene.tenant.organizationId} and ended_at is null`;
  await (await browser.post(page, { action: "log_out" })).body?.cancel();

  assertEquals([living.length, listRevoked(scene)], [1, []]);
  assertEquals(await readStatuses([await scene.call()]), [200]);
});
