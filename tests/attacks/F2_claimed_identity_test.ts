import { assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "node-html-parser";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { openBrowser } from "../support/client/browser.ts";
import { setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

Deno.test("F2: a claimed name is shown as unverified text, and nothing of the client is loaded", async () => {
  await using trap = listenForConnections();
  const address = `https://127.0.0.1:${trap.port}`;
  await using scene = await setScene(stack, {
    client: {
      client_name: "Claude",
      client_uri: `${address}/client`,
      logo_uri: `${address}/logo.png`,
      policy_uri: `${address}/policy`,
      tos_uri: `${address}/terms`,
      jwks_uri: `${address}/jwks`,
      sector_identifier_uri: `${address}/sector`,
    },
  });
  const attempt = attemptAuthorization(scene.client);

  const response = await openBrowser().get(attempt.url);
  const text = await response.text();
  const page = parse(text);

  assertEquals(page.querySelectorAll("img, picture, script, iframe, link, object, embed").length, 0);
  const links = page.querySelectorAll("a").map((link) => link.getAttribute("href"));
  assertEquals(links, [`${stack.status.PUBLIC_URL}/oauth-connections/${scene.tenant.slug}`]);
  assertEquals(text.includes(address), false);
  const term = page.querySelectorAll("dt").find((term) => /not verified/.test(term.text));
  assertEquals(term?.parentNode?.querySelector("dd")?.text, "Claude");
  const policy = response.headers.get("Content-Security-Policy") ?? "";
  assertStringIncludes(policy, "default-src 'none'");
  assertEquals(/img-src|script-src|connect-src|font-src/.test(policy), false);
  assertEquals(trap.connections(), 0);
});

/** Counts whoever connects, whatever it speaks. */
function listenForConnections(): AsyncDisposable & { port: number; connections: () => number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connections = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      connections++;
      connection.close();
    }
  })();
  return {
    port: listener.addr.port,
    connections: () => connections,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      await accepting;
    },
  };
}
