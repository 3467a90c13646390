/**
 * mcp-remote in three processes that share one store: one login, and calls that refresh side by side.
 *
 * It refreshes before a call when the access token ends within the minute, and
 * here every one does. `deno task test:clients` tries more with it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { mcpRemote } from "../clients/mcp_remote.ts";
import { setUpDesk } from "../support/client/desk.ts";
import { findNode, installPackage } from "../support/client/installed_client.ts";
import { startModel } from "../support/client/model.ts";
import { seatPerson } from "../support/client/person.ts";
import { useStack } from "../support/stack/stack.ts";

const node = await findNode();
if (node === undefined) {
  // deno-lint-ignore no-console
  console.log("Skipping mcp-remote: there is no Node.js");
}

const stack = await useStack("own");

Deno.test({
  name: "three mcp-remote processes on one store log in once, and refresh side by side",
  ignore: node === undefined && !Deno.env.get("CI"),
  async fn(): Promise<void> {
    await stack.sql`update public.mcp_servers set access_token_seconds = 60`;
    await using person = await seatPerson("ada", node!);
    await using model = startModel();
    const folder = await installPackage(mcpRemote.package, mcpRemote.version);
    await using desk = await setUpDesk({ mcpUrl: stack.status.MCP_URL, person, model, folder, node: node! });
    await using closing = new AsyncDisposableStack();
    closing.defer(() => mcpRemote.close!(desk));

    await mcpRemote.logIn(desk);
    for (let round = 0; round < 3; round++) {
      await mcpRemote.whoami(desk);
    }

    assertEquals(person.logins.length, 1, person.logins.join("\n"));
    const families = await stack.sql`
      select revoked_at, rotated_at is not null as rotated from public.mcp_proxy_tokens`;
    assertEquals([...families], [{ revoked_at: null, rotated: true }]);
  },
});
