/**
 * Round trips to the database: what each kind of request may cost at most.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { assertionForm, makeClientKey, signAssertion } from "../support/client/assertions.ts";
import { startCountingProxy } from "../support/stack/counting_proxy.ts";
import {
  attemptAuthorization,
  connect,
  decide,
  discover,
  followCallback,
  logIn,
  openConsentForm,
  postForm,
  postMessage,
  reachCallback,
  redemptionForm,
  refreshForm,
  register,
} from "../support/client/mcp_client.ts";
import { until } from "../support/run/until.ts";
import { useStack } from "../support/stack/stack.ts";

const proxy = startCountingProxy();
const stack = await useStack("own", { env: proxy.env });
Deno.test.beforeAll(() => proxy.forwardTo(stack));
Deno.test.afterAll(() => proxy.stop());

const ada = { userName: "ada" };

Deno.test("metadata costs one round trip, and none while it is cached", async () => {
  const url = `${stack.status.ISSUER}/.well-known/openid-configuration`;

  assertEquals(await count(() => fetch(url)), ["find_mcp_server"]);
  assertEquals(await count(() => fetch(url)), []);
  assertEquals(await count(() => fetch(`${stack.status.ISSUER}/.well-known/oauth-protected-resource`)), []);
});

Deno.test("registration costs one round trip", async () => {
  const discovery = await discover(stack.status.MCP_URL);

  assertEquals(await count(() => register(discovery)), ["register_mcp_client"]);
});

Deno.test("the consent page costs one round trip, and so does the approval", async () => {
  const { url } = attemptAuthorization(await register(await discover(stack.status.MCP_URL)));

  assertEquals(await count(() => fetch(url)), ["begin_authorization"]);
  const form = await openConsentForm(url);
  assertEquals(await count(() => decide(url, form, "approve")), ["open_authorization_session"]);
});

Deno.test("a refusal at the consent page costs none", async () => {
  const { url } = attemptAuthorization(await register(await discover(stack.status.MCP_URL)));
  const form = await openConsentForm(url);

  assertEquals(await count(() => decide(url, form, "deny")), []);
});

Deno.test("the callback costs two round trips", async () => {
  const pending = await reachCallback(await register(await discover(stack.status.MCP_URL)), ada);

  assertEquals(await count(() => followCallback(pending)), [
    "claim_authorization_session",
    "complete_authorization",
  ]);
});

Deno.test("a redemption costs one round trip", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const { attempt, code } = await logIn(client, ada);
  const form = redemptionForm(client, code, attempt.codeVerifier);

  assertEquals(await count(() => postForm(client.discovery.token_endpoint, form)), [
    "redeem_authorization_code",
  ]);
});

Deno.test("a refresh costs one round trip, and so does its repetition", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const refresh = (): Promise<Response> =>
    postForm(client.discovery.token_endpoint, refreshForm(client, client.tokens.refresh_token));

  assertEquals(await count(refresh), ["rotate_refresh_token"]);
  assertEquals(await count(refresh), ["rotate_refresh_token"]);
});

Deno.test("a client that proves itself with an assertion costs one round trip more, and none while it is cached", async () => {
  const key = await makeClientKey();
  const registered = await register(await discover(stack.status.MCP_URL), {
    token_endpoint_auth_method: "private_key_jwt",
    jwks: { keys: [key.publicJwk] },
  });
  const { attempt, code } = await logIn(registered, ada);
  const prove = async (): Promise<Record<string, string>> =>
    assertionForm(await signAssertion(registered.clientId, stack.status.ISSUER, key));
  const { token_endpoint } = registered.discovery;
  const redemption = { ...redemptionForm(registered, code, attempt.codeVerifier), ...await prove() };
  let tokens: { refresh_token: string } | undefined;

  assertEquals(
    await count(async () => tokens = await (await postForm(token_endpoint, redemption)).json()),
    ["find_mcp_client", "redeem_authorization_code"],
  );
  const refresh = { ...refreshForm(registered, tokens!.refresh_token), ...await prove() };
  assertEquals(await count(() => postForm(token_endpoint, refresh)), ["rotate_refresh_token"]);
});

Deno.test("revocation and introspection cost one round trip each", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const { PUBLIC_URL } = stack.status;
  await stack.sql`
    insert into public.mcp_resource_servers (id, organization_id, mcp_server_id, name, secret_hash)
    values ('mrs_flow', 'org_demo', 'mcps_demo', 'Resource server', ${hashSecret("resource-secret")})`;
  const token = client.tokens.refresh_token;

  assertEquals(
    await count(() =>
      postForm(`${PUBLIC_URL}/oauth-introspect/demo`, {
        token,
        client_id: "mrs_flow",
        client_secret: "resource-secret",
      })
    ),
    ["introspect_token"],
  );
  assertEquals(
    await count(() => postForm(`${PUBLIC_URL}/oauth-revoke/demo`, { token, client_id: client.clientId })),
    ["revoke_token"],
  );
});

Deno.test("userinfo costs one round trip while its server is cached", async () => {
  const { discovery, tokens } = await connect(stack.status.MCP_URL, ada);
  const ask = (): Promise<Response> =>
    fetch(discovery.userinfo_endpoint, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  await (await ask()).body?.cancel();

  assertEquals(await count(ask), ["read_userinfo"]);
});

Deno.test("the gateway costs one round trip, and none while the call is cached", async () => {
  const { tokens } = await connect(stack.status.MCP_URL, ada);
  const list = (): Promise<Response> =>
    postMessage(stack.status.MCP_URL, tokens.access_token, { id: 1, method: "tools/list" });

  assertEquals(await count(list), ["open_mcp_call"]);
  assertEquals(await count(list), []);
});

Deno.test("a caller without a token costs none once its server is cached", async () => {
  await discover(stack.status.MCP_URL);

  assertEquals(await count(() => fetch(stack.status.MCP_URL)), []);
});

Deno.test("the records of many calls cost one round trip, which none of them waits for", async () => {
  const { tokens } = await connect(stack.status.MCP_URL, ada);
  proxy.calls.length = 0;

  for (let id = 0; id < 30; id++) {
    await (await postMessage(stack.status.MCP_URL, tokens.access_token, { id, method: "ping" })).text();
  }
  const records = await until("the calls are recorded", async () => {
    const [{ calls } = {}] = await stack.sql`
      select sum(calls)::integer as calls from public.mcp_call_sums
      where mcp_server_id = 'mcps_demo' and method = 'ping'`;
    return calls === 30 && proxy.calls.filter((name) => name === "record_mcp_calls");
  });

  // One each second, however long the calls took.
  assertEquals([records.length >= 1, records.length < 10], [true, true]);
});

/** Called in the background, and counted apart: nobody waits for these. */
const IN_BACKGROUND = ["purge_expired", "record_mcp_calls"];

/** The SQL functions that a request calls. */
async function count(request: () => Promise<unknown>): Promise<string[]> {
  proxy.calls.length = 0;
  const answer = await request();
  if (answer instanceof Response) {
    await answer.body?.cancel();
  }
  return proxy.calls.filter((name) => !IN_BACKGROUND.includes(name));
}
