/**
 * After a login, with everything that was ever sent at hand: none of it stands in the database or in a log.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { UPSTREAM_TEXT } from "../support/provider/faults.ts";
import { type ProgrammableProvider, startProvider } from "../support/provider/provider.ts";
import {
  connect,
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
} from "../support/client/mcp_client.ts";
import { startReferenceServer } from "../support/mcp_server/reference/servers.ts";
import { useStack } from "../support/stack/stack.ts";
import { makeTenant } from "../support/stack/tenant.ts";

const stack = await useStack("own");
const ADDRESS = "ada.of.this.login@example.com";

Deno.test("no token, code, secret, state or verifier of a login stands in any table", async () => {
  const secrets = await leaveEverything();

  const dump = await dumpDatabase();

  assert(dump.includes("Secretive client"), "the search sees the rows");
  assertEquals(findIn(dump, secrets), []);
});

Deno.test("no token, code, secret, state, verifier or address of a login stands in a log", async () => {
  const secrets = await leaveEverything();
  secrets.set("address", ADDRESS);

  const log = await stack.readLog();

  assert(log.includes(`"endpoint":"oauth-token"`), "the search sees the lines");
  assertEquals(findIn(log, secrets), []);
});

/** What a detail can have; its words are of fixed lists. */
const DETAIL = ["step", "status", "error_code", "member", "problem"];

Deno.test("the functions log one JSON line a request, with fixed fields", async () => {
  await connect(stack.status.MCP_URL, { userName: "ada" });

  const lines = (await stack.readLog()).trim().split("\n").map((line) => JSON.parse(line));

  const requests = lines.filter(({ endpoint }) => endpoint !== undefined);
  assert(requests.length >= 7);
  for (const line of requests) {
    const { cause: _, server: __, detail, ...fields } = line;
    assert(Object.keys(detail ?? {}).every((name) => DETAIL.includes(name)), JSON.stringify(detail));
    assertEquals(Object.keys(fields).sort(), ["endpoint", "level", "ms", "reason", "request_id", "status"]);
  }
});

/** Runs through everything that leaves a trace, and returns every secret that was on the wire, by name. */
async function leaveEverything(): Promise<Map<string, string>> {
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

/** Every row of every table but those of PostgreSQL itself, as text. */
async function dumpDatabase(): Promise<string> {
  const tables = await stack.sql`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
  const dumps = await Promise.all(tables.map(async ({ schema, name }) => {
    const rows = await stack.sql`select row::text as text from ${stack.sql(`${schema}.${name}`)} as row`;
    return rows.map(({ text }) => text).join("\n");
  }));
  return dumps.join("\n");
}

/** Names of the secrets that a text contains. */
function findIn(text: string, secrets: Map<string, string>): string[] {
  return [...secrets].filter(([name, secret]) => {
    assert(secret.length >= 16, `${name} is long enough to be searched for`);
    return text.includes(secret);
  }).map(([name]) => name);
}
