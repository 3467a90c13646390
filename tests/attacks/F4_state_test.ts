import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { assertShown } from "../support/client/attack_answers.ts";
import { openBrowser, reachCallback, readLocation } from "../support/client/browser.ts";
import { setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

const clientStates = [
  "x&iss=https://evil.example&code=stolen#fragment",
  "a b+c%2Bd%00é€😀",
  `{"redirect_uri":"https://evil.example"}`,
  "s".repeat(3000),
];

for (const [index, state] of clientStates.entries()) {
  Deno.test(`F4: client state ${index + 1} comes back untouched and is no part of ours`, async () => {
    await using scene = await setScene(stack);
    const browser = openBrowser();
    const attempt = attemptAuthorization(scene.client, { state });

    const callback = await reachCallback(browser, attempt.url);
    const returned = await readLocation(await browser.get(callback));

    const ours = callback.searchParams.get("state") ?? "";
    assertMatch(ours, /^[A-Za-z0-9_-]{43}$/);
    assertNotEquals(ours, state);
    assert(
      !scene.provider.requests("authorize")[0]?.parameters.toString().includes(encodeURIComponent(state)),
    );
    assertEquals(returned.searchParams.getAll("state"), [state]);
    assertEquals(returned.searchParams.getAll("iss"), [scene.tenant.issuer]);
    assertEquals(returned.searchParams.getAll("code").length, 1);
    assertEquals(returned.hash, "");
  });
}

Deno.test("F4: our state is stored as a hash, and in no column as it is", async () => {
  await using scene = await setScene(stack);
  const callback = await reachCallback(openBrowser(), attemptAuthorization(scene.client).url);
  const state = callback.searchParams.get("state") ?? "";

  const rows = await stack.sql`
    select session.state_hash, to_jsonb(session)::text as everything
    from public.mcp_authorization_sessions as session
    where session.organization_id = ${scene.tenant.organizationId}`;

  assertEquals(rows.map(({ state_hash }) => state_hash), [hashSecret(state)]);
  assert(!String(rows[0]?.["everything"]).includes(state));
});

Deno.test("F4: our state is good once: the same callback a second time is shown an error", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  const cookies = await browser.cookies.getCookieString(callback.href);
  await readLocation(await browser.get(callback));
  const redemptions = scene.provider.requests("token").length;

  const again = await fetch(callback, { headers: { Cookie: cookies }, redirect: "manual" });

  await assertShown(again, 400);
  assertEquals(scene.provider.requests("token").length, redemptions);
});
