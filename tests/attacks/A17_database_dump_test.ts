import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { hashSecret, randomSecret } from "../../functions/_shared/secrets/secrets.ts";
import { attemptAuthorization, postForm, refreshForm, register } from "../support/client/mcp_client.ts";

import { openBrowser, reachCallback } from "../support/client/browser.ts";
import { logIn, obtainCode, type Scene, setScene } from "../support/stack/scene.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { useStack } from "../support/stack/stack.ts";
import { insert } from "../support/stack/tenant.ts";

const stack = await useStack();

Deno.test("A17: a dump holds no token, code, secret, state, verifier or cookie as it is", async () => {
  await using scene = await setScene(stack, { client: { token_endpoint_auth_method: "client_secret_post" } });
  const login = await logIn(scene);
  const rotated = await (await postForm(
    scene.client.discovery.token_endpoint,
    refreshForm(scene.client, login.tokens.refresh_token),
  )).json();
  const pending = openBrowser();
  const pendingAttempt = attemptAuthorization(scene.client);
  const callback = await reachCallback(pending, pendingAttempt.url);
  const unspent = await obtainCode(scene);
  const mcpHeaders = {
    "Authorization": `Bearer ${rotated.access_token}`,
    "Mcp-Session-Id": crypto.randomUUID(),
  };
  await (await fetch(scene.tenant.mcpUrl, { method: "POST", headers: mcpHeaders, body: "{}" })).body
    ?.cancel();

  const upstream = scene.provider.requests().flatMap(({ parameters, headers }) => [
    ...["code", "code_verifier", "state", "nonce", "refresh_token"].map((name) => parameters.get(name) ?? ""),
    (headers.get("Authorization") ?? "").replace(/^\w+ /, ""),
  ]);
  const secrets = [
    ...[login.tokens.access_token, login.tokens.refresh_token, rotated.access_token, rotated.refresh_token],
    ...[login.code, unspent.code, login.attempt.codeVerifier, unspent.attempt.codeVerifier],
    ...[login.attempt.state, pendingAttempt.state, callback.searchParams.get("state") ?? ""],
    ...[scene.client.clientSecret ?? "", scene.provider.clientSecret, mcpHeaders["Mcp-Session-Id"]],
    ...scene.mcpServer.received.map((headers) =>
      (headers.get("Authorization") ?? "").replace(/^Bearer /, "")
    ),
    ...(await pending.cookies.getCookies(callback.href)).map((cookie) => cookie.value),
    ...upstream,
  ].filter((secret) => secret !== "");
  assert(secrets.length > 20, `${secrets.length} secrets`);

  const everything = (await dumpTenant(scene)).join("\n");

  assertEquals(secrets.filter((secret) => everything.includes(secret)), []);
});

Deno.test("A17: no value of a dump is a credential at any endpoint", async () => {
  await using scene = await setScene(stack, { client: { token_endpoint_auth_method: "client_secret_post" } });
  const { client } = scene;
  const publicClient = await register(client.discovery);
  const { attempt, tokens } = await logIn(scene);
  await reachCallback(openBrowser(), attemptAuthorization(client).url);
  await obtainCode(scene);

  const values = await listValues(scene);
  const before = await listFamilies(scene);
  const tries = values.flatMap((value) => [
    ...asBearer(value, scene),
    (): Promise<Response> => postForm(client.discovery.token_endpoint, { ...refreshForm(client, value) }),
    (): Promise<Response> =>
      postForm(client.discovery.token_endpoint, refreshForm(publicClient, asRefreshToken(value))),
    (): Promise<Response> =>
      postForm(client.discovery.token_endpoint, {
        grant_type: "authorization_code",
        code: value,
        code_verifier: attempt.codeVerifier,
        redirect_uri: publicClient.redirectUri,
        client_id: publicClient.clientId,
      }),
    (): Promise<Response> =>
      postForm(
        client.discovery.token_endpoint,
        refreshForm({ ...client, clientSecret: value }, tokens.refresh_token),
      ),
    (): Promise<Response> =>
      fetch(`${stack.status.PUBLIC_URL}/oauth-callback/org_demo?state=${encodeURIComponent(value)}&code=x`, {
        headers: {
          Cookie: values.slice(0, 20).map((other) => `gatepost-${value.slice(0, 16)}=${other}`).join("; "),
        },
        redirect: "manual",
      }),
  ]);
  assert(values.length > 60);

  const successes: string[] = [];
  for (let start = 0; start < tries.length; start += 20) {
    await Promise.all(
      tries.slice(start, start + 20).map(async (attack) => {
        const response = await attack();
        const text = await response.text();
        if (response.status < 400 || /access_token|code=/.test(text)) {
          successes.push(`${response.status} ${response.url} ${text.slice(0, 100)}`);
        }
      }),
    );
  }

  assertEquals(successes, []);
  assertEquals(await listFamilies(scene), before);
});

Deno.test("A17: no value of a dump asks about a token, gives one back or registers a client", async () => {
  await using scene = await setScene(stack, { client: { token_endpoint_auth_method: "client_secret_post" } });
  const { client, tenant } = scene;
  const initialToken = randomSecret();
  const login = await logIn(scene);
  await stack.sql`
    update public.mcp_servers
    set registration_policy = 'token', initial_access_token_hash = ${hashSecret(initialToken)}
    where id = ${tenant.serverId}`;
  const resourceSecret = randomSecret();
  const resourceServerId = await insert(stack, "mcp_resource_servers", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    name: "Weather",
    secret_hash: hashSecret(resourceSecret),
  });
  const [revoke, introspect, register] = ["oauth-revoke", "oauth-introspect", "oauth-register"].map((name) =>
    `${stack.status.PUBLIC_URL}/${name}/${tenant.slug}`
  ) as [string, string, string];
  const introspectAs = (id: string, secret: string, token: string): Promise<Response> =>
    postForm(introspect, { token }, {
      Authorization: `Basic ${btoa(`${id}:${encodeURIComponent(secret)}`)}`,
    });
  const registerWith = (token: string): Promise<Response> =>
    fetch(register, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Authorization": `Bearer ${token.replace(/[^\x21-\x7e]/g, "")}`,
      },
      body: JSON.stringify({ redirect_uris: ["https://app.example.com/callback"] }),
    });
  const values = await listValues(scene);
  const before = await listFamilies(scene);

  const { access_token: accessToken, refresh_token: refreshToken } = login.tokens;
  const successes: string[] = [];
  for (const value of values) {
    const tries: Promise<Response>[] = [
      // A dump has everybody's names: here they are given with it, and only the secret is tried.
      introspectAs(resourceServerId, value, accessToken),
      introspectAs(client.clientId, value, accessToken),
      introspectAs(resourceServerId, resourceSecret, value),
      introspectAs(resourceServerId, resourceSecret, asRefreshToken(value)),
      postForm(revoke, { token: refreshToken, client_id: client.clientId, client_secret: value }),
      postForm(revoke, { token: accessToken, client_id: client.clientId, client_secret: value }),
      postForm(revoke, {
        token: value,
        client_id: client.clientId,
        client_secret: client.clientSecret ?? "",
      }),
      registerWith(value),
    ];
    for (const [index, response] of (await Promise.all(tries)).entries()) {
      const text = await response.text();
      const isNothing = ["{}", '{"active":false}'].includes(text);
      if (response.status < 400 && !isNothing) {
        successes.push(
          `${index} ${response.url} ${value.slice(0, 20)}: ${response.status} ${text.slice(0, 100)}`,
        );
      }
    }
  }

  assert(values.length > 30);
  assertEquals(successes, []);
  assertEquals(await listFamilies(scene), before);
  // The secrets themselves do all of it, so that the tries above mean something.
  const active = await (await introspectAs(resourceServerId, resourceSecret, accessToken)).json();
  const registered = await registerWith(initialToken);
  await registered.body?.cancel();
  const revoked = await postForm(revoke, {
    token: refreshToken,
    client_id: client.clientId,
    client_secret: client.clientSecret ?? "",
  });
  await revoked.body?.cancel();
  assertEquals([active.active, registered.status, revoked.status], [true, 201, 200]);
  assertNotEquals(await listFamilies(scene), before);
});

/** Every row of every table that belongs to a tenant, as JSON. */
async function dumpTenant({ tenant }: Scene): Promise<string[]> {
  const tables = await stack.sql`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'organization_id'`;
  const dumps = [];
  for (const { name } of tables) {
    const rows = await stack.sql`
      select to_jsonb(entry)::text as entry from public.${stack.sql(name)} as entry
      where entry.organization_id = ${tenant.organizationId}`;
    dumps.push(...rows.map(({ entry }) => String(entry)));
  }
  return dumps;
}

/** Every text of a dump that could be a credential, however deep it lies. */
async function listValues(scene: Scene): Promise<string[]> {
  const found = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === "string" && value.length >= 8 && value.length < 4000) {
      found.add(value);
    }
    if (typeof value === "object" && value !== null) {
      Object.values(value).forEach(collect);
    }
  };
  (await dumpTenant(scene)).forEach((row) => collect(JSON.parse(row)));
  return [...found];
}

function asBearer(value: string, { client, tenant }: Scene): (() => Promise<Response>)[] {
  const headers = { Authorization: `Bearer ${value.replace(/[^\x21-\x7e]/g, "")}` };
  return [
    () => fetch(tenant.mcpUrl, { method: "POST", headers, body: "{}" }),
    () => fetch(client.discovery.userinfo_endpoint, { headers }),
  ];
}

/** A hash in the place of a handle and a secret. */
function asRefreshToken(value: string): string {
  return `gpr_${value.padEnd(65, "A").slice(0, 65)}`;
}

async function listFamilies({ tenant }: Scene): Promise<unknown[]> {
  const rows = await stack.sql`
    select id, refresh_hash, revoked_at from public.mcp_proxy_tokens
    where organization_id = ${tenant.organizationId} order by id`;
  return rows.map((row) => ({ ...row }));
}

Deno.test("A17: a sealed client secret of a dump, put into a config of one's own, is not sent to a provider of one's own", async () => {
  await using victim = await setScene(stack);
  await using attacker = await setScene(stack);
  const [config] = await stack.sql`
    select client_secret_ciphertext as ciphertext from public.custom_oauth_configs
    where id = ${victim.tenant.configId}`;
  const { client } = await signInMember(stack, attacker.tenant.organizationId);

  await client.rpc("save_oauth_config", {
    p_id: attacker.tenant.configId,
    p_client_secret_ciphertext: config?.["ciphertext"],
    p_token_endpoint_auth_method: "client_secret_post",
  });
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(attacker.client).url);
  await (await browser.get(callback)).body?.cancel();

  const received = attacker.provider.requests("token").map(({ parameters }) =>
    parameters.get("client_secret")
  );
  assertEquals(received.includes(victim.provider.clientSecret), false);
});
