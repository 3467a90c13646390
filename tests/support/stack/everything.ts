/**
 * Logins that work and logins that fail, with everything that was ever sent at hand.
 *
 * @module
 */

import { assert } from "@std/assert";
import {
  decide,
  discover,
  followCallback,
  openConsentForm,
  postMessage,
  reachCallback,
  redemptionForm,
  refreshForm,
  register,
  requestTokens,
} from "../client/mcp_client.ts";
import { startReferenceServer } from "../mcp_server/reference/servers.ts";
import { UPSTREAM_TEXT } from "../provider/faults.ts";
import { type ProgrammableProvider, startProvider } from "../provider/provider.ts";
import type { TestStack } from "./stack.ts";
import { makeTenant } from "./tenant.ts";

/** The e-mail address of who logs in. */
export const ADDRESS = "ada.of.this.login@example.com";

/** Runs through everything that leaves a trace, and returns every secret that was on the wire, by name. */
export async function leaveEverything(stack: TestStack): Promise<Map<string, string>> {
  const person = { sub: "1001", email: ADDRESS, email_verified: true };
  await using provider = await startProvider("openid", { person });
  await using mcpServer = startReferenceServer("SDK 2, stateful");
  const { mcpUrl } = await makeTenant(stack, provider, { server: { upstream_url: mcpServer.url } });
  const client = await register(await discover(mcpUrl), {
    client_name: "Secretive client",
    token_endpoint_auth_method: "client_secret_post",
  });
  const pending = await reachCallback(client, { userName: "" });
  const { searchParams } = new URL((await followCallback(pending)).headers.get("Location")!);
  const code = searchParams.get("code")!;
  const form = redemptionForm(client, code, pending.attempt.codeVerifier);
  const tokens = await requestTokens(client.discovery, form);
  const refreshed = await requestTokens(client.discovery, refreshForm(client, tokens.refresh_token));
  const converged = await requestTokens(client.discovery, refreshForm(client, tokens.refresh_token));
  const initialized = await postMessage(mcpUrl, refreshed.access_token, {
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "plain", version: "1" } },
  });
  await initialized.body?.cancel();
  const sessionId = initialized.headers.get("Mcp-Session-Id")!;
  await (await postMessage(mcpUrl, refreshed.access_token, { id: 2, method: "tools/list" }, {
    "Mcp-Session-Id": sessionId,
  })).body?.cancel();

  // What fails leaves its traces too: in the audit, and in the log.
  const refusal = { error: "invalid_grant", error_description: UPSTREAM_TEXT };
  provider.program({ answers: { token: () => Response.json(refusal, { status: 400 }) } });
  const denied = await reachCallback(client, { userName: "" });
  await (await followCallback(denied)).body?.cancel();
  const openForm = await openConsentForm(denied.attempt.url);
  await (await decide(denied.attempt.url, openForm, "deny")).body?.cancel();

  return new Map([
    ["what the provider says of itself", UPSTREAM_TEXT],
    ...listUpstreamSecrets(provider),
    ...[...mcpServer.bearers].map((token, index) => [`token at the MCP server ${index}`, token] as const),
    ...[...mcpServer.identities].map((token, index) => [`identity token ${index}`, token] as const),
    ["client secret", client.clientSecret!],
    ["client secret at the provider", provider.clientSecret],
    ["client state", pending.attempt.state],
    ["state of a failed login", denied.attempt.state],
    ["code verifier", pending.attempt.codeVerifier],
    ["browser secret", pending.cookie.split("=")[1]!],
    ["upstream state", pending.callbackUrl.searchParams.get("state")!],
    ["upstream nonce", pending.providerUrl.searchParams.get("nonce")!],
    ["code", code],
    ["session id", sessionId],
    ["consent form", openForm],
    ...[tokens, refreshed, converged].flatMap(({ access_token, refresh_token, id_token }, index) =>
      [
        [`access token ${index}`, access_token],
        [`access token's signature ${index}`, access_token.split(".")[2]!],
        [`id_token's signature ${index}`, id_token!.split(".")[2]!],
        [`refresh token ${index}`, refresh_token],
        [`refresh token's handle ${index}`, refresh_token.slice(4, 26)],
        [`refresh token's secret ${index}`, refresh_token.slice(26)],
      ] as [string, string][]
    ),
  ]);
}

/** What the provider was sent and has issued. */
function listUpstreamSecrets(provider: ProgrammableProvider): [string, string][] {
  const sent = ["state", "nonce", "code", "code_verifier", "refresh_token"];
  const issued = ["access_token", "refresh_token", "id_token"];
  const found = [
    ...provider.requests().flatMap(({ parameters }) => sent.map((name) => [name, parameters.get(name)])),
    ...provider.issued.flatMap((members) => issued.map((name) => [name, members[name] ?? null])),
  ];
  return found.filter(([, secret]) => secret !== null)
    .map(([name, secret], index) => [`upstream ${name} ${index}`, String(secret)]);
}

/** Names of the secrets that a text contains. */
export function findIn(text: string, secrets: Map<string, string>): string[] {
  return [...secrets].filter(([name, secret]) => {
    assert(secret.length >= 16, `${name} is long enough to be searched for`);
    return text.includes(secret);
  }).map(([name]) => name);
}
