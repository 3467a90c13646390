/**
 * `deno task connect`: from "I have a provider and an MCP server" to a URL for people.
 *
 * It examines the provider, saves provider and server as the signed-in owner,
 * and says which redirect URI to register. It needs no secret key.
 *
 * @module
 */

import { bypassProxyOnLoopback } from "../local/loopback_proxy.ts";
import { type Output, silence, terminal } from "../local/output.ts";
import { Problem } from "../local/problem.ts";
import { type ConnectArguments, readConnectArguments } from "./connect/arguments.ts";
import { gatherWish, type Wish } from "./connect/gather.ts";
import { awaitLogin, examineDraft, saveBoth } from "./connect/save.ts";
import { countFailed, printChecks } from "./doctor/print_checks.ts";
import { findOrganizationId, openSession, type PlatformSession } from "./platform/session.ts";
import { runTask } from "./run_task.ts";

bypassProxyOnLoopback();
const output = terminal();
await runTask(output, async () => {
  const args = readConnectArguments(Deno.args);
  const wish = await gatherWish(args);
  const session = await openSession(args.platform);
  try {
    await connect(args, wish, session, args.json ? silence() : output);
  } finally {
    await session.signOut();
  }
});
Deno.exit(0);

async function connect(
  args: ConnectArguments,
  wish: Wish,
  session: PlatformSession,
  steps: Output,
): Promise<void> {
  const organizationId = await findOrganizationId(session, args.platform);
  steps.step("Examining the provider");
  const { redirectUri, checks } = await examineDraft(session, organizationId, wish);
  printChecks(checks, steps);
  const failed = countFailed(checks);
  const known = { organization_id: organizationId, redirect_uri: redirectUri, checks };
  if (failed > 0 && !args.force) {
    reportJson(args, known);
    throw new Problem(
      `${failed === 1 ? "One check" : `${failed} checks`} failed, and nothing was saved. ` +
        `The redirect URI to register is ${redirectUri}`,
      { exitCode: 2 },
    );
  }
  const since = new Date();
  const { configId, serverId } = await saveBoth(session, organizationId, wish);
  const mcpUrl = `${session.publicUrl}/mcp/${wish.slug}`;
  steps.step(`Saved ${configId} and ${serverId}`);
  steps.print(`\nRegister this redirect URI at the provider:\n  ${redirectUri}`);
  steps.print(wish.registration === undefined ? "" : `  (${wish.registration})\n`);
  steps.print(`People paste this URL into their MCP client:\n  ${mcpUrl}\n`);
  const saved = { ...known, config_id: configId, mcp_server_id: serverId, mcp_url: mcpUrl };
  if (args.waitSeconds === 0) {
    return reportJson(args, saved);
  }
  steps.step(`Waiting up to ${args.waitSeconds} seconds for the first login`);
  const login = await awaitLogin(session, organizationId, serverId, since, args.waitSeconds);
  reportJson(args, { ...saved, first_login: login ?? null });
  if (login === undefined) {
    throw new Problem("Nobody has logged in yet: the audit says why a login failed", { exitCode: 3 });
  }
  steps.step(
    `${login.email ?? login.upstream_sub ?? "Somebody without a name"} logged in and is ${login.id}`,
  );
}

function reportJson({ json }: ConnectArguments, result: Record<string, unknown>): void {
  if (json) {
    output.print(JSON.stringify(result, null, 2));
  }
}
