/**
 * Callbacks that are refused: states and browsers that do not fit, and providers that misbehave.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { hashSecret } from "../../../functions/_shared/secrets/secrets.ts";
import { UPSTREAM_TEXT } from "../../support/provider/faults.ts";
import type { Endpoint, Program } from "../../support/provider/program.ts";
import { type ProgrammableProvider, startProvider } from "../../support/provider/provider.ts";
import {
  attemptAuthorization,
  decide,
  discover,
  followCallback,
  openConsentForm,
  type PendingCallback,
  reachCallback,
  REDIRECT_URI,
  register,
  type RegisteredClient,
} from "../../support/client/mcp_client.ts";
import { assertRedirected, assertRefused, assertShown } from "../../support/client/refusals.ts";
import { useStack } from "../../support/stack/stack.ts";
import { makeTenant, type Tenant } from "../../support/stack/tenant.ts";

const stack = await useStack("own");
const ada = { userName: "ada" };
let provider: ProgrammableProvider;
Deno.test.beforeAll(async () => void (provider = await startProvider()));
Deno.test.afterAll(async () => await provider[Symbol.asyncDispose]());

const spoilt: { what: string; spoil: (pending: PendingCallback) => void }[] = [
  { what: "no state", spoil: ({ callbackUrl }) => callbackUrl.searchParams.delete("state") },
  { what: "an unknown state", spoil: ({ callbackUrl }) => callbackUrl.searchParams.set("state", "unknown") },
  { what: "two states", spoil: ({ callbackUrl }) => callbackUrl.searchParams.append("state", "another") },
  { what: "no cookie", spoil: (pending) => void (pending.cookie = "") },
  {
    what: "another browser's cookie",
    spoil: (pending) => void (pending.cookie = `${pending.cookie.split("=")[0]}=${"A".repeat(43)}`),
  },
];

for (const { what, spoil } of spoilt) {
  Deno.test(`a callback with ${what} is refused before the provider's code is used, and the login can go on`, async () => {
    const pending = await startLogin();
    const changed = { ...pending, callbackUrl: new URL(pending.callbackUrl) };
    spoil(changed);
    const asked = provider.requests().length;

    await assertShown(await followCallback(changed), 400, "invalid_request");

    assertEquals(provider.requests().slice(asked), []);
    assertMatch(await finish(pending), /^code=/);
  });
}

Deno.test("a callback that is replayed is refused, and gives no second code", async () => {
  const pending = await startLogin();
  assertMatch(await finish(pending), /^code=/);
  const asked = provider.requests().length;

  await assertShown(await followCallback(pending), 400, "invalid_request");

  assertEquals(provider.requests().slice(asked), []);
});

Deno.test("a callback after ten minutes is refused", async () => {
  const pending = await startLogin();
  await stack.sql`
    update public.mcp_authorization_sessions set expires_at = now()
    where state_hash = ${hashSecret(readState(pending))}`;

  await assertShown(await followCallback(pending), 400, "invalid_request");
});

Deno.test("a callback is refused with the same page whatever is wrong with its state", async () => {
  const [unknown, other, expired, replayed] = await Promise.all([1, 2, 3, 4].map(() => startLogin()));
  unknown!.callbackUrl.searchParams.set("state", "unknown");
  other!.cookie = "";
  await stack.sql`
    update public.mcp_authorization_sessions set expires_at = now()
    where state_hash = ${hashSecret(readState(expired!))}`;
  await finish(replayed!);

  const pages = [];
  for (const pending of [unknown, other, expired, replayed]) {
    const page = await assertShown(await followCallback(pending!), 400, "invalid_request");
    pages.push(page.replaceAll(/nonce="[^"]+"/g, "").replace(/request [0-9a-f-]{36}/, ""));
  }

  assertEquals(new Set(pages).size, 1);
});

Deno.test("a callback for a server that was disabled meanwhile is refused", async () => {
  const tenant = await makeTenant(stack, provider);
  const pending = await startLogin(tenant);
  await stack.sql`update public.mcp_servers set disabled_at = now() where id = ${tenant.serverId}`;

  await assertShown(await followCallback(pending), 400, "invalid_request");
});

Deno.test("a callback of a user who is blocked returns access_denied", async () => {
  const tenant = await makeTenant(stack, provider);
  await finish(await startLogin(tenant));
  await stack.sql`
    update public.mcp_server_user set blocked_at = now() where organization_id = ${tenant.organizationId}`;
  const pending = await startLogin(tenant);

  const response = await followCallback(pending);

  await assertReturned(response, pending, tenant, "access_denied");
});

for (const method of ["POST", "PUT", "DELETE"]) {
  Deno.test(`${method} /oauth-callback answers 405`, async () => {
    const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-callback/org_demo`, {
      method,
      headers: { Accept: "application/json" },
    });

    assertEquals(response.headers.get("Allow"), "GET");
    await assertRefused(response, 405, "method_not_allowed");
  });
}

Deno.test("GET /oauth-callback/org_demo/more answers 404", async () => {
  const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-callback/org_demo/more`, {
    headers: { Accept: "application/json" },
  });

  await assertRefused(response, 404, "not_found");
});

const REFUSED_CODE = { error: "invalid_grant", error_description: UPSTREAM_TEXT };

/** How the provider refuses an authorization request. */
function refusing(error: string): Partial<Program> {
  return { callback: { code: null, error, error_description: UPSTREAM_TEXT } };
}

const MISBEHAVIOURS: [what: string, program: Partial<Program>, error: string][] = [
  ["the person says no at the provider", refusing("access_denied"), "access_denied"],
  ["the provider wants to be asked again", refusing("login_required"), "login_required"],
  [
    "the provider sends temporarily_unavailable back",
    refusing("temporarily_unavailable"),
    "temporarily_unavailable",
  ],
  ["the provider sends invalid_scope back", refusing("invalid_scope"), "server_error"],
  [
    "the provider sends another issuer back",
    { callback: { iss: "https://other.example.com" } },
    "server_error",
  ],
  [
    "the token endpoint refuses the code",
    { answers: { token: () => Response.json(REFUSED_CODE, { status: 400 }) } },
    "server_error",
  ],
  ["the token endpoint answers 500", failing("token", 500), "temporarily_unavailable"],
  ["the token endpoint answers 429", failing("token", 429), "temporarily_unavailable"],
  ["the token endpoint answers a page", { faults: { token: { kind: "html" } } }, "temporarily_unavailable"],
  ["the id_token carries another nonce", { forgery: "wrong_nonce" }, "server_error"],
  ["userinfo names another person", { userinfo: { sub: "somebody-else" } }, "server_error"],
];

function failing(endpoint: Endpoint, status: number): Partial<Program> {
  return { faults: { [endpoint]: { kind: "status", status } } };
}

Deno.test("a person logs in by the id_token when userinfo answers 500", async () => {
  await using failed = await startProvider("openid", failing("userinfo", 500));

  const response = await followCallback(await startLogin(await makeTenant(stack, failed)));

  const returned = new URL(response.headers.get("Location") ?? "");
  await response.body?.cancel();
  assertEquals([returned.searchParams.has("code"), returned.searchParams.has("error")], [true, false]);
});

for (const [what, program, error] of MISBEHAVIOURS) {
  Deno.test(`the client is told ${error} when ${what}`, async () => {
    await using misbehaving = await startProvider("openid", program);
    const tenant = await makeTenant(stack, misbehaving);
    const pending = await startLogin(tenant);

    const response = await followCallback(pending);

    await assertReturned(response, pending, tenant, error);
    const { organizationId } = tenant;
    const [left] = await stack.sql`
      select
        (select count(*)::integer from public.mcp_server_user where organization_id = ${organizationId}) as users,
        (select count(*)::integer from public.upstream_oauth_tokens where organization_id = ${organizationId}) as tokens,
        (select count(*)::integer from public.mcp_authorization_codes where organization_id = ${organizationId}) as codes`;
    assertEquals({ ...left }, { users: 0, tokens: 0, codes: 0 });
    const [event] = await stack.sql`
      select event, reason from public.mcp_audit_events
      where organization_id = ${organizationId} and event in ('login_failed', 'login_delayed')`;
    assert(event?.["reason"]);
  });
}

Deno.test("a state that the provider changed is shown, for nobody knows whose it is", async () => {
  await using forgetful = await startProvider("openid", { callback: { state: "a state of another login" } });
  const pending = await startLogin(await makeTenant(stack, forgetful));

  await assertShown(await followCallback(pending), 400, "invalid_request");
});

Deno.test("a login that failed for the moment may be finished by the same callback", async () => {
  await using busy = await startProvider("openid", failing("token", 429));
  const pending = await startLogin(await makeTenant(stack, busy));

  assertMatch(await finish(pending), /^error=temporarily_unavailable/);
  busy.program({ faults: {} });
  assertMatch(await finish(pending), /^code=/);
});

Deno.test("a provider that is out of reach is told to the client at the approval", async () => {
  const dead = await startProvider();
  await dead[Symbol.asyncDispose]();
  const tenant = await makeTenant(stack, dead);
  const { url, state } = attemptAuthorization(await registerAt(tenant));

  const response = await decide(url, await openConsentForm(url), "approve");

  await assertRedirected(response, {
    redirectUri: REDIRECT_URI,
    error: "temporarily_unavailable",
    state,
    iss: tenant.issuer,
  });
});

/** A login that stands at the callback. */
async function startLogin(tenant?: Tenant): Promise<PendingCallback> {
  return await reachCallback(await registerAt(tenant ?? await makeTenant(stack, provider)), ada);
}

async function registerAt({ mcpUrl }: Tenant): Promise<RegisteredClient> {
  return await register(await discover(mcpUrl));
}

/** Follows the callback and returns the query that the client gets. */
async function finish(pending: PendingCallback): Promise<string> {
  const response = await followCallback(pending);
  await response.body?.cancel();
  assertEquals(response.status, 303);
  return new URL(response.headers.get("Location")!).search.slice(1);
}

function readState({ callbackUrl }: PendingCallback): string {
  return callbackUrl.searchParams.get("state")!;
}

async function assertReturned(
  response: Response,
  { attempt }: PendingCallback,
  { issuer }: Tenant,
  error: string,
): Promise<void> {
  await assertRedirected(response, {
    redirectUri: REDIRECT_URI,
    error,
    state: attempt.state,
    iss: issuer,
  });
}
