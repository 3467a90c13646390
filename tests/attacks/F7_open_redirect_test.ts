import { assertEquals } from "@std/assert";
import { attemptAuthorization, REDIRECT_URI } from "../support/client/mcp_client.ts";
import { assertShown } from "../support/client/attack_answers.ts";
import { openBrowser } from "../support/client/browser.ts";
import { setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

const registered = [
  "https://app.example.com/callback",
  "https://app.example.com/callback?tenant=1",
  REDIRECT_URI,
  "cursor://anysphere.cursor-mcp/oauth/callback",
];

const hostile: Record<string, string> = {
  "another host": "https://evil.example/callback",
  "a suffix host": "https://app.example.com.evil.example/callback",
  "a prefix host": "https://evil-app.example.com/callback",
  "a subdomain": "https://x.app.example.com/callback",
  "user info": "https://app.example.com@evil.example/callback",
  "user info with a password": "https://app.example.com:443@evil.example/callback",
  "user info at the registered host": "https://evil@app.example.com/callback",
  "a backslash": "https://evil.example\\@app.example.com/callback",
  "backslashes for slashes": "https:\\\\evil.example\\callback",
  "an encoded host": "https://app.example.com%2eevil.example/callback",
  "an encoded slash in the host": "https://evil.example%2f@app.example.com/callback",
  "an encoded full stop": "https://app%E3%80%82example.com/callback",
  "a letter that looks like another": "https://аpp.example.com/callback",
  "a soft hyphen in the host": "https://app.exam\u00adple.com/callback",
  "an upper-case scheme": "HTTPS://app.example.com/callback",
  "an upper-case host": "https://APP.example.com/callback",
  "a tab in the scheme": "java\tscript:alert(1)",
  "a tab in front": "\thttps://app.example.com/callback",
  "a space in front": " https://app.example.com/callback",
  "a line break": "https://app.example.com/callback\r\nSet-Cookie: a=b",
  "javascript": "javascript:alert(document.domain)",
  "data": "data:text/html,<script>alert(1)</script>",
  "a scheme-relative address": "//evil.example/callback",
  "a path": "/callback",
  "a single slash": "https:/evil.example/callback",
  "three slashes": "https:///evil.example/callback",
  "a fragment": "https://app.example.com/callback#",
  "a longer path": "https://app.example.com/callback/../evil",
  "an encoded dot segment": "https://app.example.com/callback/%2e%2e/evil",
  "a trailing slash": "https://app.example.com/callback/",
  "a trailing dot on the host": "https://app.example.com./callback",
  "another query": "https://app.example.com/callback?tenant=2",
  "an added parameter": "https://app.example.com/callback?next=https://evil.example",
  "a port": "https://app.example.com:444/callback",
  "the default port": "https://app.example.com:443/callback",
  "http for https": "http://app.example.com/callback",
  "a decimal loopback address": "http://2130706433:4321/callback",
  "an octal loopback address": "http://0177.0.0.1:4321/callback",
  "a hexadecimal loopback address": "http://0x7f.1:4321/callback",
  "a short loopback address": "http://127.1:4321/callback",
  "all interfaces": "http://0.0.0.0:4321/callback",
  "another loopback name": "http://localhost:4321/callback",
  "a mapped loopback address": "http://[::ffff:127.0.0.1]:4321/callback",
  "loopback with another path": "http://127.0.0.1:4321/evil",
  "loopback with a query": "http://127.0.0.1:4321/callback?next=evil",
  "loopback with user info": "http://127.0.0.1:80@evil.example/callback",
  "loopback with a name behind it": "http://127.0.0.1.evil.example/callback",
  "another app's scheme": "evil://anysphere.cursor-mcp/oauth/callback",
  "an app's scheme with another path": "cursor://anysphere.cursor-mcp/oauth/evil",
};

Deno.test("F7: redirect URIs", async (t) => {
  await using scene = await setScene(stack, { client: { redirect_uris: registered } });

  for (const [name, redirectUri] of Object.entries(hostile)) {
    await t.step(`F7: an unregistered redirect URI with ${name} is shown, never redirected to`, async () => {
      const { url } = attemptAuthorization(scene.client, { redirect_uri: redirectUri });

      const page = await assertShown(await openBrowser().get(url), 400);

      assertEquals(page.includes("evil.example"), false);
    });
  }

  await t.step(
    "F7: a request with several faults is shown as well when its redirect URI is one of them",
    async () => {
      const { url } = attemptAuthorization(scene.client, {
        redirect_uri: "https://evil.example/callback",
        response_type: "token",
        code_challenge: undefined,
        scope: '"',
      });

      await assertShown(await openBrowser().get(url), 400);
    },
  );

  await t.step("F7: a posted request is checked like any other", async () => {
    const { url } = attemptAuthorization(scene.client, {
      redirect_uri: "https://evil.example/callback",
    });
    const fields = Object.fromEntries(url.searchParams);

    await assertShown(await openBrowser().post(`${url.origin}${url.pathname}`, fields), 400);
  });

  await t.step("F7: a redirect URI that comes twice is shown, whichever is registered", async () => {
    const { url } = attemptAuthorization(scene.client);
    url.searchParams.append("redirect_uri", "https://evil.example/callback");

    await assertShown(await openBrowser().get(url), 400);
  });

  await t.step(
    "F7: an unknown client is shown, with a redirect URI that another client registered",
    async () => {
      const { url } = attemptAuthorization(scene.client, { client_id: "mcr_unknown" });

      await assertShown(await openBrowser().get(url), 401);
    },
  );

  for (const redirectUri of [...registered, "http://127.0.0.1:65000/callback"]) {
    await t.step(`F7: the registered ${redirectUri} is asked for consent`, async () => {
      const { url } = attemptAuthorization(scene.client, { redirect_uri: redirectUri });

      await assertShown(await openBrowser().get(url), 200);
    });
  }
});
