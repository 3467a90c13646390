/**
 * Tokens after they were issued: what an id_token says, who may ask about one, and what ends with it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { base64url, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import {
  openSecret,
  parseEncryptionKeys,
  upstreamTokenOf,
} from "../../functions/_shared/secrets/encryption.ts";
import { walkLogin } from "../../supabase/commands/login/walk_login.ts";
import {
  attemptAuthorization,
  discover,
  postForm,
  redemptionForm,
  refreshForm,
  register,
  type RegisteredClient,
  requestTokens,
  type Tokens,
} from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");

Deno.test("an id_token says who, for whom, when and in answer to what", async () => {
  const { client, tokens, attempt } = await logIn("ada");

  const keys = createRemoteJWKSet(new URL(client.discovery.jwks_uri));
  const { payload, protectedHeader } = await jwtVerify(tokens.id_token!, keys, {
    issuer: stack.status.ISSUER,
    audience: client.clientId,
    typ: "JWT",
    algorithms: ["ES256"],
  });
  const { iat, exp, sub, at_hash, ...claims } = payload;

  assertEquals(Object.keys(protectedHeader).sort(), ["alg", "kid", "typ"]);
  assertEquals(exp! - iat!, 3600);
  assertMatch(sub!, /^mcpu_[A-Za-z0-9_-]{12}$/);
  assertEquals(at_hash, await hashHalf(tokens.access_token));
  assertEquals(claims, {
    iss: stack.status.ISSUER,
    aud: client.clientId,
    nonce: attempt.nonce,
    email: "ada@example.com",
    email_verified: true,
    name: "Ada",
    picture: "https://example.com/ada.png",
    preferred_username: "ada",
  });
});

for (
  const [what, changes, members] of [
    ["no nonce", { nonce: undefined }, { nonce: false, id_token: true }],
    ["no openid", { scope: "email offline_access" }, { nonce: false, id_token: false }],
  ] as [string, Record<string, string | undefined>, { nonce: boolean; id_token: boolean }][]
) {
  Deno.test(`a request with ${what} is answered with what that means`, async () => {
    const { tokens } = await logIn("ada", changes);

    const claims = tokens.id_token ? decodeJwt(tokens.id_token) : {};

    assertEquals({ nonce: "nonce" in claims, id_token: "id_token" in tokens }, members);
  });
}

Deno.test("an id_token holds no more than its scopes open", async () => {
  const { tokens } = await logIn("ada", { scope: "openid" });

  const { email, name, sub } = decodeJwt(tokens.id_token!);

  assertEquals([email, name, typeof sub], [undefined, undefined, "string"]);
});

Deno.test("an id_token is no access token, and an access token no id_token", async () => {
  const { client, tokens } = await logIn("ada");

  const response = await fetch(client.discovery.userinfo_endpoint, {
    headers: { Authorization: `Bearer ${tokens.id_token}` },
  });

  await response.body?.cancel();
  assertEquals(response.status, 401);
  assertEquals(decodeProtectedHeader(tokens.access_token).typ, "at+jwt");
  assertEquals(decodeProtectedHeader(tokens.id_token!).typ, "JWT");
});

for (const method of ["GET", "POST"]) {
  Deno.test(`userinfo by ${method} tells what the scopes open`, async () => {
    const whole = await logIn("ada");
    const least = await logIn("ada", { scope: "openid" });
    const ask = async ({ client, tokens }: Login): Promise<unknown> => {
      const headers = { Authorization: `Bearer ${tokens.access_token}` };
      return await (await fetch(client.discovery.userinfo_endpoint, { method, headers })).json();
    };

    const { sub, ...claims } = await ask(whole) as Record<string, unknown>;

    assertEquals(claims, {
      email: "ada@example.com",
      email_verified: true,
      name: "Ada",
      picture: "https://example.com/ada.png",
      preferred_username: "ada",
    });
    assertEquals(await ask(least), { sub });
  });
}

Deno.test("userinfo without a token is a challenge without an error, with a bad one a challenge with it", async () => {
  const { userinfo_endpoint } = await discover(stack.status.MCP_URL);

  const answers = await Promise.all(
    [{}, { Authorization: "Bearer nonsense" }].map((headers) => fetch(userinfo_endpoint, { headers })),
  );

  const challenges = answers.map((answer) => answer.headers.get("WWW-Authenticate"));
  assertEquals(answers.map(({ status }) => status), [401, 401]);
  assertEquals(challenges[0], "Bearer");
  assertMatch(challenges[1]!, /^Bearer error="invalid_token", error_description="[^"]+"$/);
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
});

for (const kind of ["refresh_token", "access_token"] as const) {
  Deno.test(`revoking the ${kind} ends the login here, and its tokens at the provider`, async () => {
    const { client, tokens } = await logIn(`revoker-${kind}`);
    const upstreamToken = await readUpstreamToken(tokens);
    assertEquals(await askProvider(upstreamToken), 200);

    const response = await revoke(client, tokens[kind]);

    assertEquals([response.status, await response.text()], [200, "{}"]);
    assertEquals(await askProvider(upstreamToken), 401);
    const refreshed = await postForm(
      client.discovery.token_endpoint,
      refreshForm(client, tokens.refresh_token),
    );
    assertEquals((await refreshed.json()).error, "invalid_grant");
  });
}

Deno.test("revocation answers 200 to a token that is none, and ignores a wrong hint", async () => {
  const { client, tokens } = await logIn("ada");

  const [nonsense, hinted] = [
    await revoke(client, "nonsense"),
    await revoke(client, tokens.refresh_token, { token_type_hint: "access_token" }),
  ];

  assertEquals([nonsense.status, hinted.status], [200, 200]);
  assertEquals(await introspect(tokens.refresh_token, await makeResourceServer()), {
    status: 200,
    body: { active: false },
  });
  await Promise.all([nonsense, hinted].map((response) => response.body?.cancel()));
});

Deno.test("a confidential client revokes with its secret, by either method, and not without", async () => {
  for (const method of ["client_secret_basic", "client_secret_post"]) {
    const { client, tokens } = await logIn("ada", {}, { token_endpoint_auth_method: method });
    const send = (headers: Record<string, string>, fields: Record<string, string>): Promise<Response> =>
      postForm(`${stack.status.PUBLIC_URL}/oauth-revoke/demo`, {
        token: tokens.refresh_token,
        ...fields,
      }, headers);

    const answers = [
      await send({}, { client_id: client.clientId }),
      await send({}, { client_id: client.clientId, client_secret: "wrong" }),
      await (method === "client_secret_basic"
        ? send({ Authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` }, {})
        : send({}, { client_id: client.clientId, client_secret: client.clientSecret! })),
    ];

    assertEquals(answers.map(({ status }) => status), [401, 401, 200]);
    assertEquals((await answers[0]!.json()).error, "invalid_client");
    assertEquals((await answers[1]!.json()).error, "invalid_client");
    await answers[2]!.body?.cancel();
  }
});

Deno.test("a resource server that an owner made asks by basic and by post, about both kinds of token", async () => {
  const { client, tokens } = await logIn("ada");
  const credentials = await makeResourceServer();

  const access = await introspect(tokens.access_token, credentials);
  const posted = await introspect(tokens.access_token, credentials, "post");
  const refresh = await introspect(tokens.refresh_token, credentials);

  const { sub, jti, exp, iat, ...known } = access.body;
  const common = {
    active: true,
    iss: stack.status.ISSUER,
    client_id: client.clientId,
    aud: stack.status.MCP_URL,
    organization_id: "org_demo",
    email: "ada@example.com",
    email_verified: true,
    scope: "openid email profile offline_access",
  };
  assertEquals(known, { ...common, token_type: "Bearer" });
  const claims = decodeJwt(tokens.access_token);
  assertEquals({ sub, jti, exp, iat }, {
    sub: claims.sub,
    jti: claims.jti,
    exp: claims.exp,
    iat: claims.iat,
  });
  assertEquals(posted, access);
  const { sub: _sub, exp: refreshExp, iat: _iat, ...knownOfRefresh } = refresh.body;
  assertEquals(knownOfRefresh, common);
  assert(Number(refreshExp) > Number(exp));
});

Deno.test("introspection demands credentials of this very server, and says so in a challenge", async () => {
  const { client, tokens } = await logIn("ada");
  const { id, secret } = await makeResourceServer();
  const url = `${stack.status.PUBLIC_URL}/oauth-introspect/demo`;
  const send = (headers: Record<string, string>, fields: Record<string, string> = {}): Promise<Response> =>
    postForm(url, { token: tokens.access_token, ...fields }, headers);

  const answers = [
    await send({}),
    await send({ Authorization: `Basic ${btoa(`${id}:wrong`)}` }),
    await send({ Authorization: `Basic ${btoa(`nobody:${secret}`)}` }),
    await send({ Authorization: `Bearer ${tokens.access_token}` }),
    await send({}, { client_id: id }),
    await send({}, { client_id: client.clientId }),
  ];

  for (const answer of answers) {
    assertEquals([answer.status, (await answer.json()).error], [401, "invalid_client"]);
    assertEquals(answer.headers.get("WWW-Authenticate"), `Basic realm="gatepost"`);
  }
});

Deno.test("a resource server learns nothing of another server's tokens", async () => {
  const { tokens } = await logIn("ada");
  await stack.sql`
    insert into public.mcp_servers (id, organization_id, slug, name, custom_oauth_config_id, upstream_url)
    values ('mcps_other', 'org_demo', 'other', 'Other', 'coac_demo', 'http://127.0.0.1:9/mcp')
    on conflict do nothing`;
  const credentials = await makeResourceServer("mcps_other");

  const answers = await Promise.all(
    [tokens.access_token, tokens.refresh_token].map((token) =>
      introspect(token, credentials, "basic", "other")
    ),
  );

  assertEquals(answers, [{ status: 200, body: { active: false } }, { status: 200, body: { active: false } }]);
});

interface Login {
  client: RegisteredClient;
  tokens: Tokens;
  attempt: Awaited<ReturnType<typeof attemptAuthorization>>;
}

/** Registers and logs a person in; `changes` are of the authorization request. */
async function logIn(
  userName: string,
  changes: Record<string, string | undefined> = {},
  metadata: Record<string, unknown> = {},
): Promise<Login> {
  const client = await register(await discover(stack.status.MCP_URL), metadata);
  const attempt = attemptAuthorization(client, changes);
  const code = (await walkLogin(attempt.url, { userName })).searchParams.get("code")!;
  const form = redemptionForm(client, code, attempt.codeVerifier);
  return { client, attempt, tokens: await requestTokens(client.discovery, form) };
}

function revoke(
  { clientId }: RegisteredClient,
  token: string,
  fields: Record<string, string> = {},
): Promise<Response> {
  return postForm(`${stack.status.PUBLIC_URL}/oauth-revoke/demo`, { token, client_id: clientId, ...fields });
}

/** The provider's access token behind a login. */
async function readUpstreamToken({ access_token }: Tokens): Promise<string> {
  const [vault] = await stack.sql`
    select id, organization_id, access_token_ciphertext as ciphertext from public.upstream_oauth_tokens
    where id in (select upstream_token_id from public.mcp_proxy_tokens
      where id = ${String(decodeJwt(access_token)["sid"])})`;
  const keys = parseEncryptionKeys(stack.secrets.encryptionKeys);
  return (await openSecret(
    String(vault?.["ciphertext"]),
    upstreamTokenOf(String(vault?.["organization_id"]), String(vault?.["id"])),
    keys,
  )).text;
}

async function askProvider(token: string): Promise<number> {
  const response = await fetch(`${stack.status.UPSTREAM_ISSUER}/me`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  await response.body?.cancel();
  return response.status;
}

interface Credentials {
  id: string;
  secret: string;
}

/** Makes credentials as an owner of the organization does. */
async function makeResourceServer(serverId = "mcps_demo"): Promise<Credentials> {
  const [owner] = await stack.sql`
    insert into auth.users (id, email) values (gen_random_uuid(), ${`${crypto.randomUUID()}@example.com`}) returning id`;
  await stack.sql`
    insert into public.organization_members (organization_id, user_id, role)
    values ('org_demo', ${owner!["id"]}, 'owner')`;
  return await stack.sql.begin(async (sql) => {
    await sql`select set_config('request.jwt.claims', ${JSON.stringify({ sub: owner!["id"] })}, true)`;
    await sql`set local role authenticated`;
    const [created] = await sql`select * from public.create_mcp_resource_server(${serverId}, 'API')`;
    return created as unknown as Credentials;
  });
}

async function introspect(
  token: string,
  { id, secret }: Credentials,
  method: "basic" | "post" = "basic",
  slug = "demo",
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response =
    await (method === "basic"
      ? postForm(`${stack.status.PUBLIC_URL}/oauth-introspect/${slug}`, { token }, {
        Authorization: `Basic ${btoa(`${id}:${secret}`)}`,
      })
      : postForm(`${stack.status.PUBLIC_URL}/oauth-introspect/${slug}`, {
        token,
        client_id: id,
        client_secret: secret,
      }));
  return { status: response.status, body: await response.json() };
}

/** What `at_hash` must be (OpenID Connect Core §3.1.3.6). */
async function hashHalf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return base64url.encode(new Uint8Array(digest, 0, 16));
}
