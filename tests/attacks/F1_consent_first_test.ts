import { assertEquals, assertStringIncludes } from "@std/assert";
import { attemptAuthorization, discover, register } from "../support/client/mcp_client.ts";
import { readAnswer } from "../support/client/attack_answers.ts";
import { approve, openBrowser, openConsent } from "../support/client/browser.ts";
import { logIn, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();
const hostile = { client_name: "Claude", redirect_uris: ["https://evil.example/callback"] };

Deno.test("F1: a phishing link to a hostile client shows the host it returns to and asks nothing upstream", async () => {
  await using scene = await setScene(stack, { client: hostile });
  const attempt = attemptAuthorization(scene.client);

  const response = await openBrowser().get(attempt.url);

  assertEquals([response.status, response.headers.get("Location"), response.headers.get("Set-Cookie")], [
    200,
    null,
    null,
  ]);
  assertStringIncludes(await response.text(), "<strong>evil.example</strong>");
  assertEquals(scene.provider.requests(), []);
  assertEquals(await countRows(stack, "mcp_authorization_sessions", scene.tenant.organizationId), 0);
});

Deno.test("F1: a browser that approved another client a moment ago is asked again for a hostile one", async () => {
  await using scene = await setScene(stack);
  const { browser } = await logIn(scene);
  const before = scene.provider.requests().length;
  const intruder = await register(await discover(scene.tenant.mcpUrl), hostile);

  const response = await browser.get(attemptAuthorization(intruder).url);

  assertEquals([response.status, response.headers.get("Location")], [200, null]);
  assertStringIncludes(await response.text(), "<strong>evil.example</strong>");
  assertEquals(scene.provider.requests().length, before);
});

Deno.test("F1: a browser that approved a client is asked again for that same client", async () => {
  await using scene = await setScene(stack);
  const { browser } = await logIn(scene);

  const response = await browser.get(attemptAuthorization(scene.client).url);

  assertEquals([response.status, response.headers.get("Location")], [200, null]);
  await response.body?.cancel();
});

Deno.test("F1: prompt=none is answered with consent_required, never with a silent login", async () => {
  await using scene = await setScene(stack);
  const { browser } = await logIn(scene);
  const before = scene.provider.requests().length;

  const attempt = attemptAuthorization(scene.client, { prompt: "none" });
  const response = await browser.get(attempt.url);

  assertEquals(response.status, 303);
  const returned = new URL(response.headers.get("Location") ?? "");
  assertEquals(returned.searchParams.get("error"), "consent_required");
  assertEquals(scene.provider.requests().length, before);
});

Deno.test("F1: the details of the request name the hostile host as data too", async () => {
  await using scene = await setScene(stack, { client: hostile });
  const attempt = attemptAuthorization(scene.client);

  const { status, body } = await readAnswer(
    await openBrowser().get(attempt.url, { Accept: "application/json" }),
  );

  assertEquals({ status, host: body["redirect_host"] }, { status: 200, host: "evil.example" });
});

Deno.test("F1: a refused consent goes back to the client and never to the provider", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const attempt = attemptAuthorization(scene.client);
  const form = await openConsent(browser, attempt.url);

  const response = await browser.post(`${attempt.url.origin}${attempt.url.pathname}`, {
    form,
    decision: "deny",
  });

  assertEquals(response.status, 303);
  const returned = new URL(response.headers.get("Location") ?? "");
  assertEquals(returned.searchParams.get("error"), "access_denied");
  assertEquals(scene.provider.requests(), []);
});

Deno.test("F1: an approval, and nothing before it, sends the browser to the provider", async () => {
  await using scene = await setScene(stack);
  const attempt = attemptAuthorization(scene.client);

  const upstream = await approve(openBrowser(), attempt.url);

  assertEquals(`${upstream.origin}${upstream.pathname}`, scene.provider.url("authorize"));
});
