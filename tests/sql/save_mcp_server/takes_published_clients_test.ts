import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

/** Clients that publish a description, are known by it wherever the metadata offers that, and register nowhere then. */
const published = [
  // anthropics/claude-code#64705 (2026-06), and Claude Code 2.1.332 as run by `deno task test:clients`.
  "https://claude.ai/oauth/claude-code-client-metadata",
  // Codex 0.169.0, as run by `deno task test:clients`.
  "https://chatgpt.com/oauth/codex/client.json",
  // anomalyco/opencode#25961 (2026-05) names it beside Claude Code's.
  "https://vscode.dev/oauth/client-metadata.json",
  // github/copilot-cli#4793 and #4901 (2026-09), and Copilot CLI 1.0.102 as started by hand on 2026-11-25.
  "https://github.com/copilot/cli/client-metadata.json",
  // anomalyco/opencode PR 47743 (2026-09).
  "https://opencode.ai/oauth/opencode/client.json",
  // Named beside the others in public lists of such clients (2026-10).
  "https://zed.dev/oauth/client-metadata.json",
];

Deno.test("a server with no setting of its own takes the clients that are known to publish a description", async () => {
  const { slug } = await makeTenant(database);

  const { server } = await call(database.service, "find_mcp_server", { p_slug: slug }) as {
    server: { metadata_document_policy: string; metadata_document_hosts: string[] };
  };

  assertEquals(server.metadata_document_policy, "allow_list");
  const hosts = published.map((clientId) => new URL(clientId).hostname);
  assertEquals(hosts.filter((host) => !server.metadata_document_hosts.includes(host)), []);
});
