/**
 * What a person sees who opens the URL of a server in a browser.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { McpServer } from "../../functions/_shared/database/rows.ts";
import { buildGatewayEndpoint } from "../../functions/mcp/handler.ts";
import { readPage } from "../support/client/answers.ts";
import { buildServer } from "../support/database/records.ts";
import {
  buildDependencies,
  type Dependencies,
  type TestDependencies,
} from "../support/functions/dependencies.ts";
import { reasons } from "../support/stack/log_lines.ts";

const CHALLENGE =
  'Bearer resource_metadata="https://auth.example.com/oauth/demo/.well-known/oauth-protected-resource", ' +
  'scope="openid email profile"';

/** What browsers send that open an address. */
const BROWSERS = {
  "Chromium 141":
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
  "Firefox 143": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
};

function gateway(
  server: Partial<McpServer> = {},
  others: Partial<Dependencies> = {},
): TestDependencies {
  return buildDependencies({ find_mcp_server: { outcome: "found", server: buildServer(server) } }, others);
}

function open(headers: Record<string, string>, method = "GET"): Request {
  return new Request("http://edge/mcp/demo", { method, headers });
}

for (const [name, Accept] of Object.entries(BROWSERS)) {
  Deno.test(`${name} shows what the address is, how to add it to an app, and what was allowed`, async () => {
    const dependencies = gateway();

    const response = await buildGatewayEndpoint(dependencies)(open({ Accept }));

    const page = await readPage(response);
    assertEquals([page.status, response.headers.get("WWW-Authenticate"), response.headers.get("Vary")], [
      401,
      CHALLENGE,
      "Accept",
    ]);
    assertEquals(
      page.text,
      "Example Inc. Demo server This is the address of an MCP server of Example Inc. . Apps such as AI assistants connect to it. " +
        "Add it to the app you use: Address https://auth.example.com/mcp/demo " +
        "Claude Customize, Connectors, Add custom connector. Paste the address. " +
        "ChatGPT Settings, Apps. Turn developer mode on in Advanced settings, then choose Create app. Paste the address. " +
        "Cursor Add this to the file ~/.cursor/mcp.json: " +
        "{&quot;mcpServers&quot;:{&quot;demo&quot;:{&quot;url&quot;:&quot;https://auth.example.com/mcp/demo&quot;}}} " +
        "VS Code Run this in a terminal: code --add-mcp &#39;{&quot;name&quot;:&quot;demo&quot;,&quot;type&quot;:" +
        "&quot;http&quot;,&quot;url&quot;:&quot;https://auth.example.com/mcp/demo&quot;}&#39; " +
        "Codex Run this in a terminal: codex mcp add demo --url https://auth.example.com/mcp/demo " +
        "Claude Code Run this in a terminal: claude mcp add --transport http demo https://auth.example.com/mcp/demo " +
        "See what you have allowed",
    );
    assertStringIncludes(page.html, 'href="https://auth.example.com/oauth-connections/demo"');
    assertEquals(reasons(dependencies.logged), ["address_page"]);
    assertEquals(dependencies.database.calls.map(({ name }) => name), ["find_mcp_server"]);
  });
}

Deno.test("the page of a server without a sign-in asks nobody to log in", async () => {
  const response = await buildGatewayEndpoint(gateway({ auth_type: "none" }))(
    open({ Accept: "text/html", "Accept-Language": "de" }),
  );

  const page = await readPage(response);
  assertEquals([page.status, page.title, response.headers.get("WWW-Authenticate")], [
    200,
    "Demo server: ein MCP-Server",
    null,
  ]);
  assertEquals(page.html.includes("oauth-connections"), false);
});

Deno.test("the page of a server with a hostile name has it as text", async () => {
  const response = await buildGatewayEndpoint(gateway({ name: "<script>", organization_name: "<img>" }))(
    open({ Accept: "text/html" }),
  );

  const { html } = await readPage(response);
  assertEquals(/<script|<img/.test(html), false);
  assertStringIncludes(html, "&lt;script&gt;");
});

const CHALLENGED: [what: string, headers: Record<string, string>, method: string][] = [
  ["a stream of events", { Accept: "text/event-stream" }, "GET"],
  ["events before a page", { Accept: "text/event-stream, text/html;q=0.9" }, "GET"],
  ["events and a page alike", { Accept: "text/html, text/event-stream" }, "GET"],
  ["JSON and a page alike", { Accept: "application/json, text/html" }, "GET"],
  ["anything", { Accept: "*/*" }, "GET"],
  ["nothing named", {}, "GET"],
  ["no page", { Accept: "text/html;q=0" }, "GET"],
  ["a page, with POST", { Accept: "text/html" }, "POST"],
  ["a page, with DELETE", { Accept: "text/html" }, "DELETE"],
  ["a page, in a session", { Accept: "text/html", "Mcp-Session-Id": "session-1" }, "GET"],
];
for (const [what, headers, method] of CHALLENGED) {
  Deno.test(`whoever asks for ${what} gets the challenge as JSON`, async () => {
    const response = await buildGatewayEndpoint(gateway())(open(headers, method));

    assertEquals([response.status, response.headers.get("WWW-Authenticate")], [401, CHALLENGE]);
    assertEquals((await response.json()).error, "invalid_token");
  });
}

Deno.test("a token that is no good is challenged as such, whatever is asked for", async () => {
  const response = await buildGatewayEndpoint(gateway())(
    open({ Accept: "text/html", Authorization: "Bearer nonsense" }),
  );

  assertStringIncludes(response.headers.get("WWW-Authenticate") ?? "", 'error="invalid_token"');
  assertEquals((await response.json()).error, "invalid_token");
});

Deno.test("where no page can be served, a browser gets the challenge as JSON", async () => {
  const dependencies = gateway({}, { consentUrl: "https://pages.example.com/consent.html" });

  const response = await buildGatewayEndpoint(dependencies)(open({ Accept: "text/html" }));

  assertEquals([response.status, (await response.json()).error], [401, "invalid_token"]);
});
