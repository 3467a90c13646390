import { assert, assertEquals } from "@std/assert";
import { parse } from "node-html-parser";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { openBrowser, openConsent, readLocation } from "../support/client/browser.ts";
import { obtainCode, setScene } from "../support/stack/scene.ts";
import { ENDPOINTS, toPath } from "../support/functions/endpoints.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const INJECTION = "\r\nSet-Cookie: stolen=1\r\nX-Injected: 1\r\n\r\n<script>alert(1)</script>";
const HTML = `"><img src=x onerror=alert(1)><script>alert(1)</script>'&amp;<b>`;

const slugs = [
  "demo%0d%0aX-Injected:%201",
  "demo%22",
  "%3Cscript%3E",
  "demo%00",
  "..%2f..%2fadmin",
  "DEMO",
  "demo%2fx",
  "%ff%fe",
  "a".repeat(64),
  "-demo",
];

for (const slug of slugs) {
  Deno.test(`A19: the slug ${slug.slice(0, 30)} is nobody's, at every endpoint`, async () => {
    const paths = ENDPOINTS.map((endpoint) => toPath(endpoint, { slug, organizationId: slug }))
      .filter((path) => path.includes(slug));
    for (const path of paths) {
      for (const method of ["GET", "POST"]) {
        const response = await fetch(`${stack.status.PUBLIC_URL}/${path}`, {
          method,
          headers: { Accept: "application/json", Authorization: "Bearer x" },
          redirect: "manual",
        });

        assertInert(response);
        assert(response.status >= 400 && response.status < 500, `${method} ${path}: ${response.status}`);
        assertEquals((await response.text()).includes("<script>"), false);
      }
    }
  });
}

for (const value of [INJECTION, HTML, "\u2028\u2029\u202e"]) {
  Deno.test(`A19: a state of ${JSON.stringify(value.slice(0, 12))} is encoded where it goes`, async () => {
    await using scene = await setScene(stack);

    const denied = await deny(scene.client, { state: value });
    assertInert(denied);
    const returned = await readLocation(denied);
    const { attempt } = await obtainCode(scene, { state: value });

    assertEquals(returned.searchParams.getAll("state"), [value]);
    assertEquals(attempt.url.searchParams.get("state"), value);
  });

  Deno.test(`A19: a scope of ${JSON.stringify(value.slice(0, 12))} reaches neither the page nor a token`, async () => {
    await using scene = await setScene(stack);
    const { url } = attemptAuthorization(scene.client, { scope: `openid ${value}` });

    const response = await openBrowser().get(url);

    assertInert(response);
    const page = await response.text();
    assertEquals(parse(page).querySelectorAll("script, img, b").length, 0);
    assertEquals(page.includes("stolen"), false);
  });
}

Deno.test("A19: names of client, server and provider are text on the page, whatever they say", async () => {
  await using scene = await setScene(stack, {
    client: { client_name: HTML },
    server: { name: HTML },
    config: { name: HTML },
  });
  const { url } = attemptAuthorization(scene.client);

  const page = parse(await (await openBrowser().get(url)).text());

  assertEquals(page.querySelectorAll("script, img, b, iframe, svg").length, 0);
  assertEquals(page.querySelectorAll("form").length, 1);
  assert(page.querySelector("h1")?.text.includes("onerror=alert(1)"));
});

for (
  const [name, kept] of [
    [INJECTION, "Set-Cookie: stolen=1 X-Injected: 1 <script>alert(1)</script>"],
    ["Claude\u202Eedualc", "Claudeedualc"],
    ["Claude\u0000", "Claude"],
    ["Claude\u200b", "Claude"],
    ["\ud800", undefined],
    ["n".repeat(201), "n".repeat(200)],
    ["", undefined],
  ] as const
) {
  Deno.test(`A19: the client name ${JSON.stringify(name.slice(0, 14))} is kept as ${kept?.slice(0, 20)}`, async () => {
    await using scene = await setScene(stack);

    const response = await fetch(scene.client.discovery.registration_endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ redirect_uris: ["https://app.example.com/callback"], client_name: name }),
    });

    assertInert(response);
    const { client_id, client_name } = await response.json();
    const [stored] = await stack.sql`
      select client_name from public.mcp_client_registrations where client_id = ${client_id}`;
    assertEquals([response.status, client_name, stored?.client_name], [201, kept, kept ?? null]);
  });
}

for (const scope of ['a", error="injected', "a\\", 'a"b']) {
  Deno.test(`A19: a supported scope of ${JSON.stringify(scope)} does not break out of the challenge`, async () => {
    await using scene = await setScene(stack);
    await stack.sql`
      update public.mcp_servers set scopes_supported = ${[
      "openid",
      scope,
    ]} where id = ${scene.tenant.serverId}`
      .catch(() => undefined); // A table that takes no such scope is as good.

    const response = await fetch(scene.tenant.mcpUrl, { method: "POST" });

    const challenge = response.headers.get("WWW-Authenticate") ?? "";
    assertEquals(response.status, 401);
    assertEquals(challenge.replaceAll(/"[^"]*"/g, '""'), 'Bearer resource_metadata="", scope=""');
    await response.body?.cancel();
  });
}

Deno.test("A19: headers of a request come back in no answer", async () => {
  await using scene = await setScene(stack);
  const marker = "reflected-marker";
  const { url } = attemptAuthorization(scene.client, {
    state: marker,
    nonce: marker,
  });

  for (
    const address of [
      scene.tenant.mcpUrl,
      `${scene.tenant.issuer}/.well-known/openid-configuration`,
      url.href,
    ]
  ) {
    const response = await fetch(address, {
      headers: {
        ...{
          "User-Agent": marker,
          "Origin": `https://${marker}.example`,
          "Referer": `https://${marker}.example`,
        },
        ...{
          "X-Request-Id": marker,
          "MCP-Protocol-Version": marker,
          "Accept": "text/html",
          "Cookie": `a=${marker}`,
        },
      },
      redirect: "manual",
    });
    const everything = JSON.stringify([...response.headers]) + await response.text();
    assertEquals(everything.includes(marker), false, address);
  }
});

async function deny(
  client: Parameters<typeof attemptAuthorization>[0],
  parameters: Record<string, string>,
): Promise<Response> {
  const browser = openBrowser();
  const { url } = attemptAuthorization(client, parameters);
  const form = await openConsent(browser, url);
  return await browser.post(`${url.origin}${url.pathname}`, { form, decision: "deny" });
}

/** No header of the attacker's making. */
function assertInert(response: Response): void {
  assertEquals(response.headers.get("X-Injected"), null);
  assertEquals((response.headers.get("Set-Cookie") ?? "").includes("stolen"), false);
}
