/**
 * A restart of the whole stack between a login and a call.
 *
 * @module
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import { decodeJwt } from "jose";
import {
  callTool,
  connect,
  discover,
  followCallback,
  logInAndRedeem,
  reachCallback,
  redemptionForm,
  refreshForm,
  register,
  requestTokens,
} from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");
const ada = { userName: "ada" };

Deno.test("access token, refresh token and upstream token of before a restart work after it", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const before = JSON.parse(await callTool(stack.status.MCP_URL, client.tokens.access_token, "whoami"));

  await stack.restart();

  const after = JSON.parse(await callTool(stack.status.MCP_URL, client.tokens.access_token, "whoami"));
  assertEquals(after, before);
  const refreshed = await requestTokens(client.discovery, refreshForm(client, client.tokens.refresh_token));
  assertNotEquals(refreshed.refresh_token, client.tokens.refresh_token);
  assertEquals(
    JSON.parse(await callTool(stack.status.MCP_URL, refreshed.access_token, "whoami")),
    before,
  );
});

Deno.test("calls of just before a restart are recorded, and stand in the view under the person's name", async () => {
  const client = await connect(stack.status.MCP_URL, { userName: "grace" });
  const { sub } = decodeJwt(client.tokens.access_token);
  await callTool(stack.status.MCP_URL, client.tokens.access_token, "whoami");
  await callTool(stack.status.MCP_URL, client.tokens.access_token, "add", { a: 2, b: 40 });

  await stack.restart();

  const rows = await stack.sql`
    select name, outcome, client_id from public.mcp_calls where mcp_server_user_id = ${
    String(sub)
  } order by name`;
  assertEquals(rows.map((row) => ({ ...row })), [
    { name: "add", outcome: "ok", client_id: client.clientId },
    { name: "whoami", outcome: "ok", client_id: client.clientId },
  ]);
});

Deno.test("a client of before a restart logs the same person in again as the same user", async () => {
  const client = await connect(stack.status.MCP_URL, ada);

  await stack.restart();

  const again = await logInAndRedeem(client, ada);
  assertEquals(decodeJwt(again.tokens.access_token).sub, decodeJwt(client.tokens.access_token).sub);
});

Deno.test("a login that a restart interrupts at the provider, and a code not yet redeemed, go on", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const pending = await reachCallback(client, ada);

  await stack.restart();

  const returned = new URL((await followCallback(pending)).headers.get("Location")!);
  assertEquals(returned.searchParams.get("state"), pending.attempt.state);

  await stack.restart();

  const code = returned.searchParams.get("code")!;
  const tokens = await requestTokens(
    client.discovery,
    redemptionForm(client, code, pending.attempt.codeVerifier),
  );
  assertEquals(await callTool(stack.status.MCP_URL, tokens.access_token, "add", { a: 2, b: 40 }), "42");
});
