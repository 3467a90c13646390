/**
 * Whoever has the secret key and a dump, but no encryption key, copies a ciphertext to another place.
 */

import { assertEquals } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { openBrowser, reachCallback } from "../support/client/browser.ts";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { makeConfig } from "../support/stack/tenant.ts";
import { setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import {
  expireUpstreamToken,
  freshWorker,
  type GatewayScene,
  listRefreshes,
  readVaultRow,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";

const stack = await useStack();
const service = createClient(stack.status.API_URL, stack.status.SECRET_KEY);

type Column = "access_token_ciphertext" | "refresh_token_ciphertext";

/** Puts a ciphertext into the vault entry of a scene, as the attacker's SQL would. */
async function put({ tenant }: GatewayScene, column: Column, ciphertext: unknown): Promise<void> {
  await stack.sql`
    update public.upstream_oauth_tokens set ${stack.sql(column)} = ${String(ciphertext)}
    where organization_id = ${tenant.organizationId}`;
}

/** Calls, and expects that the login has ended and that no MCP server and no provider saw the victim's token. */
async function assertEnded(attacker: GatewayScene, refreshes = 0): Promise<void> {
  await using worker = await freshWorker(attacker);
  const refused = await worker.call(attacker);

  assertEquals([refused.status, (await refused.json()).error], [401, "invalid_token"]);
  assertEquals((await readVaultRow(attacker)).ended_reason, "upstream_token_moved");
  assertEquals(listRefreshes(attacker).length, refreshes);
}

Deno.test("A31: an access token of another organization does not open in one's own row: the login ends", async () => {
  await using victim = await setGatewayScene(stack);
  await using attacker = await setGatewayScene(stack);

  await put(attacker, "access_token_ciphertext", (await readVaultRow(victim)).access_token_ciphertext);

  await assertEnded(attacker);
});

Deno.test("A31: a refresh token of another row does not open where it is needed: the login ends, nothing is sent", async () => {
  await using victim = await setGatewayScene(stack);
  await using attacker = await setGatewayScene(stack);

  await put(attacker, "refresh_token_ciphertext", (await readVaultRow(victim)).refresh_token_ciphertext);
  await expireUpstreamToken(attacker);

  await assertEnded(attacker);
});

Deno.test("A31: another row of the same organization does not open either", async () => {
  await using scene = await setGatewayScene(stack);
  const { id, access_token_ciphertext } = await readVaultRow(scene);
  const moved = `${id.slice(0, -1)}${id.endsWith("A") ? "B" : "A"}`;

  await stack.sql`
    insert into public.upstream_oauth_tokens
      (id, organization_id, mcp_server_user_id, oauth_config_id, access_token_ciphertext, client_generation)
    select ${moved}, organization_id, mcp_server_user_id, oauth_config_id, ${access_token_ciphertext}, client_generation
    from public.upstream_oauth_tokens where id = ${id}`;
  await stack.sql`
    update public.mcp_proxy_tokens set upstream_token_id = ${moved}
    where organization_id = ${scene.tenant.organizationId}`;
  await using worker = await freshWorker(scene);
  const refused = await worker.call(scene);

  assertEquals([refused.status, (await refused.json()).error], [401, "invalid_token"]);
  const [entry] = await stack.sql`select ended_reason from public.upstream_oauth_tokens where id = ${moved}`;
  assertEquals(entry?.["ended_reason"], "upstream_token_moved");
});

Deno.test("A31: a ciphertext of another kind does not open as a token", async () => {
  await using attacker = await setGatewayScene(stack);
  const [config] = await stack.sql`
    select client_secret_ciphertext as ciphertext from public.custom_oauth_configs
    where id = ${attacker.tenant.configId}`;

  await put(attacker, "access_token_ciphertext", config?.["ciphertext"]);

  await assertEnded(attacker);
});

Deno.test("A31: with the secret key nobody provisions a user of their own with a victim's ciphertext", async () => {
  await using victim = await setGatewayScene(stack);
  await using attacker = await setGatewayScene(stack);
  const { access_token_ciphertext } = await readVaultRow(victim);

  const answers = [];
  for (const { tenant } of [attacker, victim]) {
    const { error } = await service.rpc("provision_mcp_server_user", {
      p_oauth_config_id: tenant.configId,
      p_upstream_issuer: null,
      p_upstream_sub: "the attacker",
      p_email: null,
      p_email_verified: false,
      p_profile: null,
      p_tracking_id: null,
      p_access_token: access_token_ciphertext,
      p_refresh_token: null,
      p_scope: null,
      p_expires_at: null,
    });
    answers.push([error?.code, error?.message.split(" ")[0]]);
  }

  assertEquals(answers, [["22023", "p_access_token"], ["22023", "p_access_token"]]);
});

Deno.test("A31: a client secret does not open in another config of the same organization: the owner is told", async () => {
  await using scene = await setScene(stack);
  const { organizationId, configId } = scene.tenant;
  const other = await makeConfig(stack, organizationId, scene.provider);
  await stack.sql`
    update public.custom_oauth_configs as config set client_secret_ciphertext = other.client_secret_ciphertext
    from public.custom_oauth_configs as other where config.id = ${configId} and other.id = ${other}`;
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);

  const returned = await browser.get(callback);
  await returned.body?.cancel();

  const location = new URL(returned.headers.get("Location") ?? "missing:");
  assertEquals([returned.status, location.searchParams.get("error")], [303, "server_error"]);
  assertEquals(scene.provider.requests("token").length, 0);
  const [event] = await stack.sql`
    select reason from public.mcp_audit_events
    where organization_id = ${organizationId} and event = 'login_failed'`;
  assertEquals(event?.["reason"], "client_secret_unreadable");
});

Deno.test("A31: the request of another login does not open: the callback refuses it, and is no 500", async () => {
  await using victim = await setScene(stack);
  await using attacker = await setScene(stack);
  const browser = openBrowser();
  await reachCallback(openBrowser(), attemptAuthorization(victim.client).url);
  const callback = await reachCallback(browser, attemptAuthorization(attacker.client).url);
  await stack.sql`
    update public.mcp_authorization_sessions as session set request_ciphertext = other.request_ciphertext
    from public.mcp_authorization_sessions as other
    where session.organization_id = ${attacker.tenant.organizationId}
      and other.organization_id = ${victim.tenant.organizationId}`;

  const refused = await browser.get(callback);
  await refused.body?.cancel();

  assertEquals(refused.status, 400);
  assertEquals(attacker.provider.requests("token").length, 0);
});
