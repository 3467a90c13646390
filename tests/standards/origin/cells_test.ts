/**
 * Two projects behind one origin: each serves its own organizations, and together they publish one set of keys.
 *
 * Both have organizations, databases and private keys of their own. What they
 * share is the origin, the scheme of the issuers, and the public keys.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import type {
  OAuthClientInformationMixed,
  OAuthClientProvider,
  OAuthTokens,
} from "@modelcontextprotocol/client";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from "jose";
import { hashSecret } from "../../../functions/_shared/secrets/secrets.ts";
import { findFreePort } from "../../../supabase/local/ports.ts";
import {
  connect,
  type LoggedInClient,
  postForm,
  postMessage,
  refreshForm,
  requestTokens,
} from "../../support/client/mcp_client.ts";
import { makeSdkMemory } from "../../support/client/sdk_provider.ts";
import { makeSigningKeySet } from "../../support/functions/keys.ts";
import { type ReferenceServer, startReferenceServer } from "../../support/mcp_server/reference/servers.ts";
import { caddy } from "../../support/origin/caddy.ts";
import { makeCertificate, OPENSSL } from "../../support/origin/certificate.ts";
import { nginx } from "../../support/origin/nginx.ts";
import { type Project, startProject } from "../../support/origin/project.ts";
import { isMissing, type ProxyKind } from "../../support/origin/proxy.ts";
import { worker } from "../../support/origin/worker.ts";
import { type ProgrammableProvider, startProvider } from "../../support/provider/provider.ts";
import { type TestStack, useStack } from "../../support/stack/stack.ts";
import { insert, makeTenant, type Tenant } from "../../support/stack/tenant.ts";

const port = findFreePort();
const origin = `http://127.0.0.1:${port}`;
const [firstKeys, secondKeys] = [await makeSigningKeySet("first"), await makeSigningKeySet("second")];

/** One project, with an organization, its provider and its server. */
interface Cell {
  stack: TestStack;
  provider: ProgrammableProvider;
  mcpServer: ReferenceServer;
  tenant: Tenant;
  kid: string;
}

/** The longest slug there can be; nginx keeps a table of short names unless it is told to. */
const SECOND_SLUG = `s${"e".repeat(61)}d`;
const ORGANIZATIONS = { first: "org_first", second: "org_second", moving: "org_moving" };
const firstStack = await useStack("own", { env: environ(firstKeys, secondKeys) });
const secondEnv = environ(secondKeys, firstKeys);
const secondStack = await useStack("own", { env: secondEnv });
let first: Cell;
let second: Cell;
const made: Cell[] = [];
Deno.test.beforeAll(async () => {
  first = await makeCell(firstStack, "first", "of-first");
  second = await makeCell(secondStack, "second", SECOND_SLUG);
  // Another organization has the second's slug in the first project: the table decides, and nothing leads there.
  await makeTenant(firstStack, first.provider, { server: { slug: SECOND_SLUG } });
});
Deno.test.afterAll(async () => {
  for (const { provider, mcpServer } of made) {
    await provider[Symbol.asyncDispose]();
    await mcpServer[Symbol.asyncDispose]();
  }
});

for (const kind of [nginx, caddy, worker]) {
  if (await isMissing(OPENSSL) || (kind.program !== undefined && await isMissing(kind.program))) {
    continue;
  }

  Deno.test(`${kind.name}: the official SDK logs in to servers of two projects from one origin`, async () => {
    await using site = await openSite(kind);

    for (const { tenant, mcpServer, kid } of [first, second]) {
      const { tokens, tools } = await logInWithSdk(tenant.mcpUrl);

      assert(tools.length > 0);
      assertEquals(decodeProtectedHeader(tokens.access_token).kid, kid);
      assertEquals(decodeJwt(tokens.access_token).iss, `${origin}/oauth/${tenant.slug}`);
      assertEquals(decodeProtectedHeader([...mcpServer.identities].at(-1)!).kid, kid);
    }
    assert(site.project.received.some(({ host }) => host === kind.hosts[1]));
  });

  Deno.test(`${kind.name}: every path that names a slug or an organization of a project leads there alone`, async () => {
    await using site = await openSite(kind);

    for (const [index, { tenant: { slug, organizationId } }] of [first, second].entries()) {
      for (const path of listPaths(slug, organizationId)) {
        site.project.received.length = 0;

        await (await fetch(origin + path, { redirect: "manual" })).body?.cancel();

        assertEquals([path, site.project.received.map(({ host }) => host)], [path, [kind.hosts[index]]]);
      }
    }
  });

  Deno.test(`${kind.name}: a path that names neither, or a slug that nobody has, is the first project's`, async () => {
    await using site = await openSite(kind);

    const unknown = await fetch(`${origin}/oauth/nobody/.well-known/openid-configuration`);
    const known = await (await fetch(`${origin}/.well-known/oauth-authorization-server`)).json();
    for (const path of ["/oauth-jwks", "/oauth-configs", "/oauth-callback/platform"]) {
      await (await fetch(origin + path)).body?.cancel();
    }

    assertEquals([unknown.status, (await unknown.json()).error], [404, "not_found"]);
    assertEquals(unknown.headers.get("Content-Type"), "application/json");
    assertEquals(known.issuer, second.tenant.issuer);
    assertEquals(
      site.project.received.map(({ host }) => host),
      [0, 1, 0, 0, 0].map((index) => kind.hosts[index]),
    );
  });
}

if (!await isMissing(OPENSSL) && !await isMissing(nginx.program!)) {
  Deno.test("each project refreshes, names, introspects and revokes what it issued", async () => {
    await using _site = await openSite(nginx);

    for (const cell of [first, second]) {
      const client = await connect(cell.tenant.mcpUrl, { userName: "" });
      const renewed = await requestTokens(
        client.discovery,
        refreshForm(client, client.tokens.refresh_token),
      );
      const before = await introspect(cell, renewed.access_token);
      await postForm(`${origin}/oauth-revoke/${cell.tenant.slug}`, {
        token: renewed.refresh_token,
        client_id: client.clientId,
      });

      assertEquals(decodeProtectedHeader(renewed.access_token).kid, cell.kid);
      assertEquals([before.active, before.iss], [true, cell.tenant.issuer]);
      assertEquals(await introspect(cell, renewed.access_token), { active: false });
    }
  });

  Deno.test("the keys of both projects verify with the one set that the origin publishes", async () => {
    await using _site = await openSite(nginx);
    const keys = createRemoteJWKSet(new URL(`${origin}/oauth-jwks`), { cooldownDuration: Infinity });

    for (const { tenant, kid } of [first, second]) {
      const { tokens } = await connect(tenant.mcpUrl, { userName: "" });
      const expected = { issuer: tenant.issuer, audience: tenant.mcpUrl, typ: "at+jwt" };
      const { protectedHeader } = await jwtVerify(tokens.access_token, keys, expected);

      assertEquals(protectedHeader.kid, kid);
    }
    const { keys: published } = await (await fetch(`${origin}/oauth-jwks`)).json();
    assertEquals(published.map(({ kid, d }: { kid: string; d?: string }) => [kid, d]), [
      ["first", undefined],
      ["second", undefined],
    ]);
  });

  Deno.test("a token of one project is refused at a server of the other", async () => {
    await using _site = await openSite(nginx);
    const clients = [
      await connect(first.tenant.mcpUrl, { userName: "" }),
      await connect(second.tenant.mcpUrl, { userName: "" }),
    ] as const;

    assertEquals(await present(clients[0].tokens.access_token, second), REFUSED);
    assertEquals(await present(clients[1].tokens.access_token, first), REFUSED);
    assertEquals(await tryRefresh(clients[1], clients[0]), "invalid_grant");
  });

  Deno.test("what one project's key signs of the other's login is refused there, and published all the same", async () => {
    await using _site = await openSite(nginx);
    const { tokens } = await connect(first.tenant.mcpUrl, { userName: "" });
    const [jwk] = JSON.parse(secondKeys).keys;
    // All of a living token of the first project, signed with the key of the second.
    const forged = await new SignJWT(decodeJwt(tokens.access_token))
      .setProtectedHeader({ ...decodeProtectedHeader(tokens.access_token), alg: "ES256", kid: "second" })
      .sign(await importJWK(jwk, "ES256"));

    assertEquals(await present(forged, first), REFUSED);
    assertEquals(await present(tokens.access_token, first), { call: 200, userinfo: 200, active: true });
    await jwtVerify(forged, createRemoteJWKSet(new URL(`${origin}/oauth-jwks`)), {
      issuer: first.tenant.issuer,
    });
  });

  Deno.test("a login of an organization that moves goes on in its new project, under its old URL", async () => {
    const { tenant, mcpServer } = await makeCell(firstStack, "moving", "of-moving");
    const client = await (async (): Promise<LoggedInClient> => {
      await using _before = await openSite(nginx);
      return await connect(tenant.mcpUrl, { userName: "" });
    })();
    await moveOrganization(tenant.organizationId);
    secondEnv["GATEPOST_ENCRYPTION_KEYS"] = joinKeys(
      secondStack.secrets.encryptionKeys,
      firstStack.secrets.encryptionKeys,
    );
    await secondStack.restart();
    await using _after = await openSite(nginx, ["of-moving", "org_moving"]);

    const refused = await postMessage(tenant.mcpUrl, client.tokens.access_token, INITIALIZE);
    await refused.body?.cancel();
    const tokens = await requestTokens(
      client.discovery,
      refreshForm(client, client.tokens.refresh_token),
    );
    const call = await postMessage(tenant.mcpUrl, tokens.access_token, INITIALIZE);
    await call.body?.cancel();
    const anew = await connect(tenant.mcpUrl, { userName: "" });

    assertEquals([refused.status, call.status], [401, 200]);
    assertEquals(decodeProtectedHeader(tokens.access_token).kid, "second");
    assertEquals(decodeJwt(anew.tokens.access_token).sub, decodeJwt(client.tokens.access_token).sub);
    assertEquals(mcpServer.bearers.has(""), false);
  });

  Deno.test("a table of ten thousand names is read", async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `tenant-${index}-${"x".repeat(48)}`);
    await using site = await openSite(nginx, names);

    await (await fetch(`${origin}/mcp/${names.at(-1)}`)).body?.cancel();

    assertEquals(site.project.received.map(({ host }) => host), [nginx.hosts[1]]);
  });
}

/** In the order that CELLS.md names, which the foreign keys ask for. */
const MOVED_TABLES = [
  "organizations",
  "custom_oauth_configs",
  "mcp_servers",
  "mcp_resource_servers",
  "mcp_client_registrations",
  "mcp_server_user",
  "mcp_server_user_identities",
  "mcp_server_user_merges",
  "upstream_oauth_tokens",
  "mcp_proxy_tokens",
  "mcp_server_session",
  "mcp_calls",
  "mcp_call_days",
  "mcp_call_sums",
  "mcp_tool_users",
  "mcp_user_activity",
  "mcp_active_days",
  "mcp_audit_events",
  "retired_server_names",
];

/** Copies the rows of an organization from the first project into the second. */
async function moveOrganization(id: string): Promise<void> {
  for (const table of MOVED_TABLES) {
    const key = table === "organizations" ? "id" : "organization_id";
    const columns = await firstStack.sql`
      select column_name from information_schema.columns
      where table_schema = 'public' and table_name = ${table} and is_generated = 'NEVER' and is_identity = 'NO'`;
    const names = columns.map(({ column_name }) => String(column_name));
    const rows = await firstStack.sql`
      select to_jsonb(moved)::text as row from public.${firstStack.sql(table)} as moved
      where ${firstStack.sql(key)} = ${id}`;
    for (const { row } of rows) {
      await secondStack.sql`
        insert into public.${secondStack.sql(table)} (${secondStack.sql(names)})
        select ${secondStack.sql(names)}
        from jsonb_populate_record(null::public.${secondStack.sql(table)}, ${row}::text::jsonb)`;
    }
  }
}

/** What is answered to a token that is not of the project. */
const REFUSED = { call: 401, userinfo: 401, active: false };

/** Shows an access token to a server of a project: in a call, to its userinfo, and to its introspection. */
async function present(token: string, cell: Cell): Promise<typeof REFUSED> {
  const { slug, mcpUrl } = cell.tenant;
  const call = await postMessage(mcpUrl, token, INITIALIZE);
  const headers = { Authorization: `Bearer ${token}` };
  const userinfo = await fetch(`${origin}/oauth-userinfo/${slug}`, { headers });
  await Promise.all([call.body?.cancel(), userinfo.body?.cancel()]);
  const { active } = await introspect(cell, token);
  return { call: call.status, userinfo: userinfo.status, active: active === true };
}

const INITIALIZE = {
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "plain", version: "1" } },
};

/** Asks for another client's tokens at the own server. */
async function tryRefresh(asking: LoggedInClient, holder: LoggedInClient): Promise<string> {
  const form = refreshForm(asking, holder.tokens.refresh_token);
  const response = await postForm(asking.discovery.token_endpoint, form);
  return (await response.json()).error;
}

async function introspect({ stack, tenant }: Cell, token: string): Promise<Record<string, unknown>> {
  const id = `mrs_${crypto.randomUUID().slice(0, 12)}`;
  await insert(stack, "mcp_resource_servers", {
    id,
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    name: "Resource server",
    secret_hash: hashSecret("resource-secret"),
  });
  const headers = { Authorization: `Basic ${btoa(`${id}:resource-secret`)}` };
  return await (await postForm(`${origin}/oauth-introspect/${tenant.slug}`, { token }, headers)).json();
}

async function logInWithSdk(mcpUrl: string): Promise<{ tokens: OAuthTokens; tools: unknown[] }> {
  const memory = makeSdkMemory<OAuthClientInformationMixed, OAuthTokens>();
  const open = (): StreamableHTTPClientTransport =>
    new StreamableHTTPClientTransport(new URL(mcpUrl), {
      authProvider: memory.provider as OAuthClientProvider,
    });
  const refused = open();
  await assertRejects(() => new Client({ name: "t", version: "1" }).connect(refused), UnauthorizedError);
  await refused.finishAuth(await memory.logIn({ userName: "" }));
  const client = new Client({ name: "t", version: "1" });
  await client.connect(open());
  const { tools } = await client.listTools();
  await client.close();
  return { tokens: memory.provider.tokens()!, tools };
}

/** Every kind of path that names a server or an organization. */
function listPaths(slug: string, organizationId: string): string[] {
  const endpoints = ["authorize", "register", "token", "userinfo", "revoke", "introspect"];
  const documents = ["openid-configuration", "oauth-authorization-server", "oauth-protected-resource"];
  return [
    `/mcp/${slug}`,
    ...endpoints.map((name) => `/oauth-${name}/${slug}`),
    ...documents.map((name) => `/oauth/${slug}/.well-known/${name}`),
    ...documents.slice(0, 2).map((name) => `/.well-known/${name}/oauth/${slug}`),
    `/.well-known/oauth-protected-resource/mcp/${slug}`,
    `/oauth-callback/${organizationId}`,
  ];
}

interface Site extends AsyncDisposable {
  /** Both projects, as the platform's one gateway. */
  project: Project;
}

/** Opens the origin before both projects; the second serves more names than its own if there are any. */
async function openSite(kind: ProxyKind, more: string[] = []): Promise<Site> {
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "gatepost-cells-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  // Root hands some programs to another user, who has to pass through.
  await Deno.chmod(folder, 0o711);
  const certificate = await makeCertificate(folder, [...kind.hosts]);
  const project = opened.use(await startProject([...kind.hosts], kind.secure ? certificate : undefined));
  project.apiUrls = {
    [kind.hosts[0]]: firstStack.status.API_URL,
    [kind.hosts[1]]: secondStack.status.API_URL,
  };
  const elsewhere = [SECOND_SLUG, ORGANIZATIONS.second, ...more];
  const places = { port, projectPort: project.port, certificate, folder };
  opened.use(await kind.start({ ...places, defaultServer: SECOND_SLUG, elsewhere }));
  const closing = opened.move();
  return { project, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

async function makeCell(stack: TestStack, kid: keyof typeof ORGANIZATIONS, slug: string): Promise<Cell> {
  const person = { sub: "1001", email: `ada@${kid}.example`, email_verified: true };
  const provider = await startProvider("openid", { person });
  const mcpServer = startReferenceServer("SDK 2, stateful");
  const organizationId = await insert(stack, "organizations", { id: ORGANIZATIONS[kid], name: kid });
  const server = { slug, upstream_url: mcpServer.url };
  const tenant = await makeTenant(stack, provider, { organizationId, server });
  const found = { slug, mcpUrl: `${origin}/mcp/${slug}`, issuer: `${origin}/oauth/${slug}` };
  const cell = { stack, provider, mcpServer, tenant: { ...tenant, ...found }, kid };
  made.push(cell);
  return cell;
}

function joinKeys(...sets: string[]): string {
  return JSON.stringify({ keys: sets.flatMap((set) => JSON.parse(set).keys) });
}

/** A project's own private keys, and behind them the public halves of the other's. */
function environ(own: string, other: string): Record<string, string> {
  const publicHalves = JSON.parse(other).keys.map(({ d: _, ...key }: Record<string, string>) => key);
  return {
    GATEPOST_PUBLIC_URL: origin,
    GATEPOST_SIGNING_KEYS: JSON.stringify({ keys: [...JSON.parse(own).keys, ...publicHalves] }),
  };
}
