/**
 * Callbacks that are refused: states and browsers that do not fit, and providers that misbehave.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { hashSecret } from "../../../functions/_shared/secrets/secrets.ts";
import { addCompany, type Company, MISBEHAVIOURS, startCompany } from "../../support/provider/company.ts";
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

const stack = useStack();
const ada = { userName: "ada" };
let company: Company;
Deno.test.beforeAll(async () => void (company = await startCompany()));
Deno.test.afterAll(() => company.stop());

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
    company.requests.length = 0;

    await assertShown(await followCallback(changed), 400, "invalid_request");

    assertEquals(company.requests, []);
    assertMatch(await finish(pending), /^code=/);
  });
}

Deno.test("a callback that is replayed is refused, and gives no second code", async () => {
  const pending = await startLogin();
  assertMatch(await finish(pending), /^code=/);
  company.requests.length = 0;

  await assertShown(await followCallback(pending), 400, "invalid_request");

  assertEquals(company.requests, []);
});

Deno.test("a callback after ten minutes is refused", async () => {
  const pending = await startLogin();
  await stack.sql`
    update public.mcp_authorization_sessions set expires_at = now()
    where state_hash = ${await hashSecret(readState(pending))}`;

  await assertShown(await followCallback(pending), 400, "invalid_request");
});

Deno.test("a callback is refused with the same page whatever is wrong with its state", async () => {
  const [unknown, other, expired, replayed] = await Promise.all([1, 2, 3, 4].map(() => startLogin()));
  unknown!.callbackUrl.searchParams.set("state", "unknown");
  other!.cookie = "";
  await stack.sql`
    update public.mcp_authorization_sessions set expires_at = now()
    where state_hash = ${await hashSecret(readState(expired!))}`;
  await finish(replayed!);

  const pages = [];
  for (const pending of [unknown, other, expired, replayed]) {
    const page = await assertShown(await followCallback(pending!), 400, "invalid_request");
    pages.push(page.replace(/nonce="[^"]+"/, "").replace(/request [0-9a-f-]{36}/, ""));
  }

  assertEquals(new Set(pages).size, 1);
});

Deno.test("a callback for a server that was disabled meanwhile is refused", async () => {
  const slug = await addCompany(stack.sql, company, stack.secrets.encryptionKeys);
  const pending = await startLogin("ada", slug);
  await stack.sql`update public.mcp_servers set disabled_at = now() where slug = ${slug}`;

  await assertShown(await followCallback(pending), 400, "invalid_request");
});

Deno.test("a callback of a user who is blocked returns access_denied", async () => {
  const slug = await addCompany(stack.sql, company, stack.secrets.encryptionKeys);
  await finish(await startLogin("troll", slug));
  await stack.sql`
    update public.mcp_server_user set blocked_at = now() where organization_id = ${`org_${slug}`}`;
  const pending = await startLogin("troll", slug);

  const response = await followCallback(pending);

  await assertReturned(response, pending, slug, "access_denied");
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

const answers: Record<
  Exclude<keyof typeof MISBEHAVIOURS, "forgets-state" | "is-busy-once" | "fails-userinfo">,
  string
> = {
  "denies": "access_denied",
  "demands-login": "login_required",
  "has-a-problem": "temporarily_unavailable",
  "refuses-scope": "server_error",
  "mixes-up": "server_error",
  "refuses-code": "server_error",
  "fails": "temporarily_unavailable",
  "is-busy": "temporarily_unavailable",
  "answers-html": "temporarily_unavailable",
  "swaps-nonce": "server_error",
  "swaps-subject": "server_error",
};

Deno.test("a person logs in by the id_token when userinfo answers 500", async () => {
  const slug = await addCompany(stack.sql, company, stack.secrets.encryptionKeys);

  const response = await followCallback(await startLogin("fails-userinfo", slug));

  const returned = new URL(response.headers.get("Location") ?? "");
  await response.body?.cancel();
  assertEquals([returned.searchParams.has("code"), returned.searchParams.has("error")], [true, false]);
});

for (const [hint, error] of Object.entries(answers)) {
  Deno.test(`the client is told ${error} when ${MISBEHAVIOURS[hint as keyof typeof answers]}`, async () => {
    const slug = await addCompany(stack.sql, company, stack.secrets.encryptionKeys);
    const pending = await startLogin(hint, slug);

    const response = await followCallback(pending);

    await assertReturned(response, pending, slug, error);
    const [left] = await stack.sql`
      select
        (select count(*)::integer from public.mcp_server_user where organization_id = ${`org_${slug}`}) as users,
        (select count(*)::integer from public.upstream_oauth_tokens where organization_id = ${`org_${slug}`}) as tokens,
        (select count(*)::integer from public.mcp_authorization_codes where organization_id = ${`org_${slug}`}) as codes`;
    assertEquals({ ...left }, { users: 0, tokens: 0, codes: 0 });
    const [event] = await stack.sql`
      select event, reason from public.mcp_audit_events
      where organization_id = ${`org_${slug}`} and event = 'login_failed'`;
    assert(event?.["reason"]);
  });
}

Deno.test("a state that the provider changed is shown, for nobody knows whose it is", async () => {
  const pending = await startLogin("forgets-state");

  await assertShown(await followCallback(pending), 400, "invalid_request");
});

Deno.test("a login that failed for the moment may be finished by the same callback", async () => {
  const pending = await startLogin("is-busy-once");

  assertMatch(await finish(pending), /^error=temporarily_unavailable/);
  assertMatch(await finish(pending), /^code=/);
});

Deno.test("a provider that is out of reach is told to the client at the approval", async () => {
  const dead = await startCompany();
  await dead.stop();
  const slug = await addCompany(stack.sql, dead, stack.secrets.encryptionKeys);
  const { url, state } = await attemptAuthorization(await registerAt(slug));

  const response = await decide(url, await openConsentForm(url), "approve");

  await assertRedirected(response, {
    redirectUri: REDIRECT_URI,
    error: "temporarily_unavailable",
    state,
    iss: `${stack.status.PUBLIC_URL}/oauth/${slug}`,
  });
});

/** A login that stands at the callback; `hint` says whom the company logs in. */
async function startLogin(hint = "ada", slug?: string): Promise<PendingCallback> {
  const at = slug ?? await addCompany(stack.sql, company, stack.secrets.encryptionKeys);
  return await reachCallback(await registerAt(at), ada, { login_hint: hint });
}

async function registerAt(slug: string): Promise<RegisteredClient> {
  return await register(await discover(`${stack.status.PUBLIC_URL}/mcp/${slug}`));
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
  slug: string,
  error: string,
): Promise<void> {
  await assertRedirected(response, {
    redirectUri: REDIRECT_URI,
    error,
    state: attempt.state,
    iss: `${stack.status.PUBLIC_URL}/oauth/${slug}`,
  });
}
