import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  consentFormOf,
  parseEncryptionKeys,
  sealSecret,
} from "../../functions/_shared/secrets/encryption.ts";
import { attemptAuthorization, discover, register } from "../support/client/mcp_client.ts";
import { assertShown } from "../support/client/attack_answers.ts";
import { openBrowser, openConsent, readLocation } from "../support/client/browser.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows, makeTenant } from "../support/stack/tenant.ts";
import { startWorker } from "../support/stack/worker.ts";

const stack = await useStack();

Deno.test("F6: a direct POST of the request with an approval in it approves nothing", async () => {
  await using scene = await setScene(stack);
  const { url } = attemptAuthorization(scene.client);
  const fields = { ...Object.fromEntries(url.searchParams), decision: "approve" };

  const response = await openBrowser().post(`${url.origin}${url.pathname}`, fields);

  assertStringIncludes(await assertShown(response, 200), "Approve");
  await assertNothingOpened(scene);
});

const forgeries: Record<string, (form: string) => string> = {
  "made up": () => "form",
  "empty": () => "",
  "altered by one character": (form) =>
    form.slice(0, -5) + (form.at(-5) === "A" ? "B" : "A") + form.slice(-4),
  "cut short": (form) => form.slice(0, -20),
};
for (const [name, forge] of Object.entries(forgeries)) {
  Deno.test(`F6: a form that is ${name} is refused`, async () => {
    await using scene = await setScene(stack);
    const browser = openBrowser();
    const { url } = attemptAuthorization(scene.client);
    const form = await openConsent(browser, url);

    const response = await browser.post(`${url.origin}${url.pathname}`, {
      form: forge(form),
      decision: "approve",
    });

    await assertShown(response, 400);
    await assertNothingOpened(scene);
  });
}

Deno.test("F6: a ciphertext of ours that was sealed for another purpose is no form", async () => {
  await using scene = await setScene(stack);
  const { url } = attemptAuthorization(scene.client);
  const keys = parseEncryptionKeys(stack.secrets.encryptionKeys);
  const text = JSON.stringify({
    id: "i",
    slug: scene.tenant.slug,
    expiresAt: Date.now() + 60_000,
    request: {},
  });
  const form = await sealSecret(text, {
    ...consentFormOf(scene.tenant.slug),
    purpose: "authorization-request",
  }, keys);

  const response = await openBrowser().post(`${url.origin}${url.pathname}`, { form, decision: "approve" });

  await assertShown(response, 400);
  await assertNothingOpened(scene);
});

Deno.test("F6: a form is good once: a replay opens nothing and goes nowhere", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const [form, action] = [await openConsent(browser, url), `${url.origin}${url.pathname}`];
  await readLocation(await browser.post(action, { form, decision: "approve" }));

  const replay = await openBrowser().post(action, { form, decision: "approve" });

  await assertShown(replay, 400);
  assertEquals(await countRows(stack, "mcp_authorization_sessions", scene.tenant.organizationId), 1);
});

Deno.test("F6: of 20 parallel presentations of one form a single one opens a session", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const [form, action] = [await openConsent(browser, url), `${url.origin}${url.pathname}`];

  const answers = await Promise.all(
    Array.from({ length: 20 }, () => openBrowser().post(action, { form, decision: "approve" })),
  );

  assertEquals(answers.filter(({ status }) => status === 303).length, 1);
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
  assertEquals(await countRows(stack, "mcp_authorization_sessions", scene.tenant.organizationId), 1);
});

Deno.test("F6: a form of one server is refused at another of the same organization", async () => {
  await using scene = await setScene(stack);
  const { organizationId } = scene.tenant;
  const other = await makeTenant(stack, scene.provider, { organizationId });
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(browser, url);

  const { authorization_endpoint } = await discover(other.mcpUrl);
  const response = await browser.post(authorization_endpoint, { form, decision: "approve" });

  await assertShown(response, 400);
  await assertNothingOpened(scene);
});

Deno.test("F6: a form approves the client it was shown for, whatever client is named beside it", async () => {
  await using scene = await setScene(stack);
  const intruder = await register(scene.client.discovery, {
    redirect_uris: ["https://evil.example/callback"],
  });
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(browser, url);

  const response = await browser.post(`${url.origin}${url.pathname}`, {
    form,
    decision: "approve",
    client_id: intruder.clientId,
    redirect_uri: intruder.redirectUri,
  });

  assertEquals(response.status, 303);
  const sessions = await stack.sql`
    select session.redirect_uri, client.client_id
    from public.mcp_authorization_sessions as session
    join public.mcp_client_registrations as client on client.id = session.mcp_client_registration_id
    where session.organization_id = ${scene.tenant.organizationId}`;
  assertEquals(sessions.map((session) => ({ ...session })), [
    { redirect_uri: scene.client.redirectUri, client_id: scene.client.clientId },
  ]);
});

Deno.test("F6: a form older than ten minutes is refused", async () => {
  let now = Date.now();
  await using worker = await startWorker(stack, { now: () => now });
  await using scene = await setScene(stack, { publicUrl: worker.publicUrl });
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(browser, url);

  now += 10 * 60 * 1000 + 1;
  const response = await browser.post(`${url.origin}${url.pathname}`, { form, decision: "approve" });

  await assertShown(response, 400);
  await assertNothingOpened(scene);
});

const foreignHeaders: Record<string, Record<string, string>> = {
  "another origin": { Origin: "https://evil.example" },
  "the origin null": { Origin: "null" },
  "a neighbour's origin": { Origin: "http://127.0.0.1:9" },
};
for (const [name, headers] of Object.entries(foreignHeaders)) {
  Deno.test(`F6: a form that is posted from ${name} is refused`, async () => {
    await using scene = await setScene(stack);
    const browser = openBrowser();
    const { url } = attemptAuthorization(scene.client);
    const form = await openConsent(browser, url);

    const response = await browser.post(
      `${url.origin}${url.pathname}`,
      { form, decision: "approve" },
      headers,
    );

    await assertShown(response, 400);
    await assertNothingOpened(scene);
  });
}

for (const site of ["cross-site", "same-site"]) {
  Deno.test(`F6: a form that a browser sends as ${site} without an origin is refused`, async () => {
    await using scene = await setScene(stack);
    const { url } = attemptAuthorization(scene.client);
    const form = await openConsent(openBrowser(), url);

    const response = await fetch(`${url.origin}${url.pathname}`, {
      method: "POST",
      headers: { "Sec-Fetch-Site": site, "Accept": "text/html" },
      body: new URLSearchParams({ form, decision: "approve" }),
      redirect: "manual",
    });

    await assertShown(response, 400);
    await assertNothingOpened(scene);
  });
}

Deno.test("F6: neither the consent page nor an error page can be framed or carry a script", async () => {
  await using scene = await setScene(stack);
  const { url } = attemptAuthorization(scene.client);
  const broken = new URL(url);
  broken.searchParams.set("redirect_uri", "https://evil.example/callback");

  const pages = [await openBrowser().get(url), await openBrowser().get(broken)];

  for (const page of pages) {
    const policy = page.headers.get("Content-Security-Policy") ?? "";
    assertStringIncludes(policy, "frame-ancestors 'none'");
    assertStringIncludes(policy, "default-src 'none'");
    assertEquals(/script-src|unsafe-inline|form-action/.test(policy), false);
    assertEquals(page.headers.get("X-Frame-Options"), "DENY");
    assertEquals(page.headers.get("Cache-Control"), "no-store");
    assertEquals(page.headers.get("Access-Control-Allow-Origin"), null);
    await page.body?.cancel();
  }
});

async function assertNothingOpened(scene: Scene): Promise<void> {
  assertEquals(await countRows(stack, "mcp_authorization_sessions", scene.tenant.organizationId), 0);
  assertEquals(scene.provider.requests("authorize"), []);
}
