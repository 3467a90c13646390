/**
 * Mistakes at a provider, in a config and at an MCP server, each made in a whole login: the owner learns what was wrong
 * from views and the doctor alone, with supabase-js, and no two mistakes read the same.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import {
  configSecretOf,
  parseEncryptionKeys,
  sealSecret,
} from "../../functions/_shared/secrets/encryption.ts";
import { openBrowser, walk } from "../support/client/browser.ts";
import {
  attemptAuthorization,
  postMessage,
  redemptionForm,
  requestTokens,
} from "../support/client/mcp_client.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { startMcpServer } from "../support/mcp_server/scripted.ts";
import type { Fault, Program } from "../support/provider/program.ts";
import { type Shape, SHAPES } from "../support/provider/shapes.ts";
import { PING } from "../support/stack/gateway_scene.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import type { Row } from "../support/stack/tenant.ts";

const stack = await useStack();

/** What the owner reads: of the login, of the doctor, and of what has been switched off or refused. */
interface Told {
  /** Outcome, reason, and of the step what is known. */
  login: string;
  /** Failed and warned. */
  doctor?: string[];
  other?: string[];
}

interface Mistake {
  what: string;
  shape?: Partial<Shape>;
  program?: Partial<Program>;
  /** Columns of the config, changed after the client has registered. */
  config?: (scene: Scene) => Row | Promise<Row>;
  server?: Row;
  /** The status that the MCP server answers a call with. */
  mcp?: number;
  /** What is done before the person logs in. */
  before?: (scene: Scene) => Promise<unknown>;
  told: Told;
}

/** A page of a provider that sends nobody back, as oidc-provider's. */
const showPage = (text: string): Program["answers"] => ({
  authorize: () =>
    new Response(`<h1>${text}</h1>`, { status: 400, headers: { "Content-Type": "text/html" } }),
});
const refuseToken = (error: string, status = 400): Fault => ({ kind: "json", status, body: { error } });
const DOWN: Fault = { kind: "status", status: 503 };

/** A provider whose clock differs by some seconds. */
const atTime = (seconds: number): Partial<Program> => ({ now: () => Date.now() + seconds * 1000 });

/** A provider that refuses parameters that it does not know, against RFC 6749 section 3.1, and knows no PKCE. */
const withoutPkce: Program["answers"] = {
  authorize: ({ parameters }) => {
    const target = new URL(parameters.get("redirect_uri")!);
    target.searchParams.set("state", parameters.get("state")!);
    target.searchParams.set("error", parameters.has("code_challenge") ? "invalid_request" : "login_required");
    return new Response(null, { status: 302, headers: { Location: target.href } });
  },
};

async function sealOther({ tenant: { configId, organizationId } }: Scene): Promise<Row> {
  return {
    client_secret_ciphertext: await sealSecret(
      "an old secret",
      configSecretOf({ id: configId, organization_id: organizationId }),
      parseEncryptionKeys(stack.secrets.encryptionKeys),
    ),
  };
}

/** Somebody logs in, and is blocked then. */
async function block(scene: Scene): Promise<void> {
  await logInAndCall(scene);
  await stack.sql`
    update public.mcp_server_user set blocked_at = now() where organization_id = ${scene.tenant.organizationId}`;
}

const MISTAKES: Mistake[] = [
  { what: "nothing", told: { login: "completed created" } },
  {
    what: "the client secret is another",
    config: sealOther,
    told: {
      login: "failed upstream_refused token 401 invalid_client refused",
      doctor: ["client_secret_refused"],
    },
  },
  {
    what: "the client id has a typing error",
    config: () => ({ client_id: "gatepast" }),
    program: { answers: showPage("unknown client") },
    told: {
      login: "abandoned provider_sent_nobody_back",
      doctor: ["redirect_uri_not_told", "client_id_unknown"],
    },
  },
  {
    what: "the redirect URI is not registered",
    program: { answers: showPage("redirect_uri is not registered") },
    told: { login: "abandoned provider_sent_nobody_back", doctor: ["redirect_uri_refused"] },
  },
  {
    what: "the client authenticates in another way",
    config: () => ({ token_endpoint_auth_method: "client_secret_post" }),
    shape: { refuse: (form) => form.has("client_secret") ? "not like that" : undefined },
    told: {
      login: "failed upstream_refused token 400 invalid_request refused",
      doctor: ["auth_method_wrong"],
    },
  },
  {
    what: "openid is not asked for",
    config: () => ({ scopes: ["email"] }),
    program: { forgery: "no_id_token" },
    told: { login: "abandoned upstream_unavailable token id_token missing", doctor: ["openid_not_asked"] },
  },
  {
    what: "the issuer has a slash more",
    config: ({ provider }) => ({ issuer: `${provider.issuer}/` }),
    told: { login: "failed upstream_untrusted discovery 200 issuer mismatch", doctor: ["issuer_misspelt"] },
  },
  {
    what: "the issuer is a page",
    program: { faults: { discovery: { kind: "html" }, oauth_metadata: { kind: "html" } } },
    told: { login: "failed upstream_unavailable discovery 200 html", doctor: ["issuer_is_a_page"] },
  },
  {
    what: "there is no userinfo endpoint, and it names the person",
    config: () => ({ identity_source: "userinfo" }),
    program: { metadata: { userinfo_endpoint: undefined } },
    told: { login: "failed subject_missing userinfo subject_claim missing", doctor: ["userinfo_missing"] },
  },
  {
    what: "the userinfo endpoint is gone",
    config: () => ({ identity_source: "userinfo" }),
    program: { faults: { userinfo: { kind: "status", status: 404 } } },
    told: {
      login: "failed upstream_refused userinfo 404 server_error refused",
      doctor: ["userinfo_not_found"],
    },
  },
  {
    what: "the scopes are refused",
    program: { callback: { error: "invalid_scope", code: null } },
    told: {
      login: "failed upstream_refused authorization invalid_scope refused",
      doctor: ["scopes_refused"],
    },
  },
  {
    what: "the provider's clock is five minutes ahead",
    program: atTime(300),
    told: { login: "completed created", doctor: ["clock_off"] },
  },
  {
    what: "the provider's clock is half an hour behind",
    program: atTime(-1800),
    told: { login: "failed upstream_untrusted id_token exp expired", doctor: ["clock_off"] },
  },
  {
    what: "PKCE is refused",
    shape: { sendsIss: false },
    program: { answers: withoutPkce },
    told: {
      login: "failed upstream_refused authorization invalid_request refused",
      doctor: ["pkce_refused"],
    },
  },
  {
    what: "a parameter is refused",
    shape: { refuse: (form) => form.has("resource") ? "unknown parameter" : undefined },
    config: () => ({ authorization_parameters: { resource: "https://api.example.com" } }),
    told: {
      login: "failed upstream_refused authorization invalid_request refused",
      doctor: ["authorization_refused"],
    },
  },
  {
    what: "no refresh token comes",
    shape: { grantsRefreshToken: () => false },
    program: { metadata: { scopes_supported: ["openid", "email", "profile", "offline_access"] } },
    told: { login: "completed created", doctor: ["refresh_token_by_scope"] },
  },
  {
    what: "the provider is down",
    program: { faults: { discovery: DOWN } },
    told: { login: "failed upstream_unavailable discovery 503 refused", doctor: ["provider_failing"] },
  },
  {
    what: "the token endpoint is down",
    program: { faults: { token: DOWN } },
    told: {
      login: "abandoned upstream_unavailable token 503 server_error refused",
      doctor: ["token_endpoint_unreachable"],
    },
  },
  {
    what: "TLS fails",
    config: ({ provider }) => ({ issuer: provider.issuer.replace("http:", "https:") }),
    told: {
      login: "failed upstream_certificate_refused discovery unreachable",
      doctor: ["certificate_refused"],
    },
  },
  {
    what: "nothing listens at the issuer",
    config: () => ({ issuer: "http://127.0.0.1:9" }),
    told: { login: "failed upstream_unreachable discovery unreachable", doctor: ["provider_unreachable"] },
  },
  {
    what: "the issuer's host has a typing error",
    config: () => ({ issuer: "https://login.example.invalid" }),
    told: { login: "failed upstream_unresolved discovery unreachable", doctor: ["host_unknown"] },
  },
  {
    what: "the client is refused with status 200",
    program: { faults: { token: refuseToken("incorrect_client_credentials", 200) } },
    told: {
      login: "failed upstream_refused token 200 invalid_client refused",
      doctor: ["client_secret_refused"],
    },
  },
  {
    what: "the redirect URI is refused with status 200",
    program: { faults: { token: refuseToken("redirect_uri_mismatch", 200) } },
    told: {
      login: "failed upstream_refused token 200 invalid_request refused",
      doctor: ["token_request_refused"],
    },
  },
  {
    what: "the token endpoint answers with a page",
    program: { faults: { token: { kind: "html" } } },
    told: { login: "abandoned upstream_unavailable token 200 html", doctor: ["token_endpoint_not_found"] },
  },
  {
    what: "the token endpoint is a wrong address",
    config: ({ provider }) => ({ token_endpoint: provider.url("authorize").replace("authorize", "nowhere") }),
    told: { login: "failed upstream_refused token 404 other refused", doctor: ["token_endpoint_not_found"] },
  },
  {
    what: "the MCP server refuses the token",
    mcp: 401,
    told: { login: "completed created", other: ["upstream_token_ended:mcp_server_refused_token"] },
  },
  {
    what: "the server is disabled",
    before: ({ tenant }) =>
      stack.sql`update public.mcp_servers set disabled_at = now() where id = ${tenant.serverId}`,
    told: { login: "", other: ["server disabled"] },
  },
  {
    what: "the provider is disabled",
    before: ({ tenant }) =>
      stack.sql`update public.custom_oauth_configs set disabled_at = now() where id = ${tenant.configId}`,
    told: { login: "", other: ["provider disabled"] },
  },
  { what: "the person is blocked", before: block, told: { login: "failed user_blocked" } },
  {
    what: "the id_token is another issuer's",
    program: { forgery: "wrong_issuer" },
    told: { login: "failed upstream_untrusted id_token iss mismatch" },
  },
  {
    what: "the response is another issuer's",
    program: { callback: { iss: "https://accounts.example.net" } },
    told: { login: "failed upstream_response_invalid authorization iss mismatch" },
  },
  {
    what: "the id_token has no nonce",
    program: { forgery: "missing_nonce" },
    told: { login: "failed upstream_untrusted id_token nonce missing" },
  },
  {
    what: "the id_token is another login's",
    program: { forgery: "wrong_nonce" },
    told: { login: "failed upstream_untrusted id_token nonce mismatch" },
  },
  {
    what: "the id_token is another client's",
    program: { forgery: "wrong_audience" },
    told: { login: "failed upstream_untrusted id_token aud mismatch" },
  },
  {
    what: "the id_token's key is not published",
    program: { forgery: "other_key_id" },
    told: { login: "failed upstream_untrusted id_token kid no_key" },
  },
  {
    what: "the id_token's signature is another key's",
    program: { forgery: "other_key_same_id" },
    told: { login: "failed upstream_untrusted id_token signature" },
  },
  {
    what: "the id_token is signed with a shared secret",
    program: { forgery: "hs256_with_public_key" },
    told: { login: "failed upstream_untrusted id_token alg algorithm" },
  },
  {
    what: "no id_token comes",
    program: { forgery: "no_id_token" },
    told: { login: "abandoned upstream_unavailable token id_token missing" },
  },
  {
    what: "userinfo has the subject elsewhere",
    config: () => ({ identity_source: "userinfo", subject_claim: "id" }),
    told: { login: "failed subject_missing userinfo subject_claim missing" },
  },
  {
    what: "the id_token has no subject",
    program: { idTokenClaims: { sub: undefined } },
    told: { login: "failed upstream_untrusted id_token sub missing" },
  },
  {
    what: "the keys are gone",
    program: { faults: { jwks: { kind: "status", status: 404 } } },
    told: { login: "failed upstream_refused keys 404 refused", doctor: ["keys_unreachable"] },
  },
  {
    what: "there are no keys",
    program: { publishKeys: () => ({ keys: [] }) },
    told: { login: "abandoned upstream_unavailable keys keys missing", doctor: ["keys_unusable"] },
  },
  {
    what: "the provider denies access",
    program: { callback: { error: "access_denied", code: null } },
    told: { login: "failed upstream_denied authorization access_denied refused" },
  },
];

for (const mistake of MISTAKES) {
  const { what, shape, program = {}, config, server = {}, before, mcp, told } = mistake;
  Deno.test(`the owner is told of this mistake, and of no other: ${what}`, async () => {
    await using mcpServer = startMcpServer(
      mcp === undefined ? undefined : () => new Response(null, { status: mcp }),
    );
    await using scene = await setScene(stack, {
      shape: { ...SHAPES.openid, ...shape },
      program,
      server: { upstream_url: mcpServer.url, ...server },
    });
    const changed = await config?.(scene);
    if (changed !== undefined) {
      await stack.sql`
        update public.custom_oauth_configs set ${stack.sql(changed as Record<string, string>)}
        where id = ${scene.tenant.configId}`;
    }
    await before?.(scene);

    await logInAndCall(scene).catch(() => undefined);
    await cleanUp(scene);

    const { client } = await signInMember(stack, scene.tenant.organizationId);
    assertEquals(await readTold(client, scene), told);
  });
}

Deno.test("no two mistakes are told alike", () => {
  const told = MISTAKES.map(({ told }) => JSON.stringify(told));

  assertEquals(told.filter((one, at) => told.indexOf(one) !== at), []);
});

/** What a person does; where the login ends, an error ends it. */
async function logInAndCall({ client, tenant }: Scene): Promise<void> {
  const attempt = attemptAuthorization(client);
  const returned = await walk(openBrowser(), attempt.url);
  const code = returned.searchParams.get("code") ?? "";
  const tokens = await requestTokens(client.discovery, redemptionForm(client, code, attempt.codeVerifier));
  const answer = await postMessage(tenant.mcpUrl, tokens.access_token, PING);
  await answer.body?.cancel();
}

/** Two hours later. */
async function cleanUp({ tenant }: Scene): Promise<void> {
  await stack.sql`
    update public.mcp_authorization_sessions set expires_at = now() - interval '2 hours'
    where organization_id = ${tenant.organizationId}`;
  await stack.sql`select public.purge_expired(1000)`;
}

/** What is no event of its own: the login is a line of `mcp_login_attempts`. */
const OF_LOGINS = /^(login_|user_created|client_registered|config_checked)/;

async function readTold(client: SupabaseClient, { tenant }: Scene): Promise<Told> {
  const { data: [login = {}] } = await read(client, "mcp_login_attempts", "logged_at");
  const { data: events } = await read(client, "mcp_audit", "occurred_at");
  const { data: [provider] } = await read(client, "mcp_providers");
  const { data: [server] } = await read(client, "mcp_server_settings");
  const { data } = await client.functions.invoke("oauth-configs/check", { body: { id: tenant.configId } });
  const checks = data.checks as { state: string; finding: string }[];
  const doctor = checks.filter(({ state }) => state === "failed" || state === "warning");
  const other = [
    ...events.map(({ event, reason }) => `${event}:${reason}`).filter((event) => !OF_LOGINS.test(event)),
    ...(provider?.["disabled_at"] ? ["provider disabled"] : []),
    ...(server?.["disabled_at"] ? ["server disabled"] : []),
  ];
  const { outcome, reason, step, status, error_code, member, problem } = login;
  return {
    login: [outcome, reason, step, status, error_code, member, problem].filter(Boolean).join(" "),
    ...(doctor.length > 0 && { doctor: doctor.map(({ finding }) => finding) }),
    ...(other.length > 0 && { other }),
  };
}

/** A view's rows, the newest first. */
async function read(
  client: SupabaseClient,
  view: string,
  by?: string,
): Promise<{ data: Record<string, unknown>[] }> {
  const query = client.from(view).select("*");
  const { data, error } = await (by === undefined ? query : query.order(by, { ascending: false }));
  assertEquals(error, null);
  return { data: data ?? [] };
}
