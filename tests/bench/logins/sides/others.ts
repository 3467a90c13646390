/**
 * Those that Gatepost is compared with.
 *
 * @module
 */

import { connect, inDatabase } from "../../../../supabase/local/database/connect.ts";
import { REDIRECT_URI } from "../../../support/client/mcp_client.ts";
import type { Walk, Way } from "../client/way.ts";
import { CLIENT } from "../upstream_client.ts";
import { findPostmaster } from "./gatepost.ts";
import { type Installed, type Server, startServer } from "./install.ts";
import type { Ground, Side } from "./side.ts";

/** `oidc-provider`, in memory. */
export async function startOidcProviderInMemory(installed: Installed): Promise<Side> {
  const server = await startServer(installed, "oidc_provider.mjs", {});
  return {
    ...await describeOidcProvider("oidc-provider, in memory", server, installed),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** `oidc-provider` on the same PostgreSQL. */
export async function startOidcProvider(installed: Installed, ground: Ground): Promise<Side> {
  return await startOnDatabase("oidc_provider", ground, async (databaseUrl) => {
    const server = await startServer(installed, "oidc_provider.mjs", { databaseUrl });
    const side = await describeOidcProvider("oidc-provider, PostgreSQL", server, installed);
    return { server, side };
  });
}

async function describeOidcProvider(
  name: string,
  server: Server,
  { versionOf, nodeVersion }: Installed,
): Promise<Omit<Side, keyof AsyncDisposable>> {
  const { url } = server;
  return {
    name,
    versions: `${versionOf("oidc-provider")}, ${nodeVersion}`,
    work: "is the login: a name without a password; two pages, with a session and a grant of its own; an " +
      "opaque access token",
    ways: [
      await register(`${url}/reg`, {
        walk: "two pages",
        authorizationEndpoint: `${url}/auth`,
        tokenEndpoint: `${url}/token`,
        userinfoEndpoint: `${url}/me`,
        scope: "openid email profile offline_access",
      }),
    ],
    roots: { server: [{ pid: server.pid }] },
  };
}

/** `better-auth` with its plug-ins, on the same PostgreSQL. */
export async function startBetterAuth(installed: Installed, ground: Ground): Promise<Side> {
  return await startOnDatabase("better_auth", ground, async (databaseUrl) => {
    const { versionOf, nodeVersion } = installed;
    const server = await startServer(installed, "better_auth.mjs", {
      databaseUrl,
      upstream: { ...CLIENT, url: ground.upstreamUrl },
    });
    const url = `${server.url}/api/auth/oauth2`;
    const side = {
      name: "better-auth",
      versions: `${versionOf("better-auth")}, ${versionOf("@better-auth/mcp")}, ${nodeVersion}`,
      work:
        "signs in at the same provider (code, id_token), keeps its tokens in clear, as it does unless told; " +
        "signs a JWT",
      ways: [
        await register(`${url}/register`, {
          walk: "pages over an API",
          authorizationEndpoint: `${url}/authorize`,
          tokenEndpoint: `${url}/token`,
          userinfoEndpoint: `${url}/userinfo`,
          scope: "openid email profile offline_access",
          resource: `${server.url}/mcp`,
        }),
      ],
      roots: { server: [{ pid: server.pid }] },
    };
    return { server, side };
  });
}

/** `workers-oauth-provider` in workerd, signing in at the same provider as Gatepost. */
export async function startWorkersOauthProvider(installed: Installed, ground: Ground): Promise<Side> {
  const { versionOf } = installed;
  const { upstreamUrl } = ground;
  const server = await startServer(installed, "workers.mjs", {
    kvFolder: `${ground.folder}/kv`,
    upstream: { ...CLIENT, url: upstreamUrl },
  });
  const { url } = server;
  return {
    name: "workers-oauth-provider",
    versions: `${versionOf("@cloudflare/workers-oauth-provider")}, workerd of ${versionOf("miniflare")}`,
    work: "signs in at the same provider (code, userinfo), keeps its tokens encrypted; the KV namespace of " +
      "miniflare: SQLite and files on this disk, where Cloudflare's is a service elsewhere; opaque tokens, no id_token",
    ways: [
      await register(`${url}/oauth/register`, {
        walk: "brokered",
        authorizationEndpoint: `${url}/authorize`,
        tokenEndpoint: `${url}/oauth/token`,
        userinfoEndpoint: `${url}/mcp/whoami`,
        scope: "mcp:read offline_access",
        resource: `${url}/mcp`,
      }),
    ],
    roots: { server: [{ pid: server.pid }] },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Gives a side a database of its own on the server, which is closed behind the side's own server. */
async function startOnDatabase(
  name: string,
  { adminUrl }: Ground,
  start: (databaseUrl: string) => Promise<{ server: Server; side: Omit<Side, keyof AsyncDisposable> }>,
): Promise<Side> {
  const admin = connect(adminUrl);
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  const databaseUrl = inDatabase(adminUrl, name);
  const { server, side } = await start(databaseUrl);
  const database = connect(databaseUrl);
  return {
    ...side,
    roots: { ...side.roots, database: [await findPostmaster(database)] },
    database,
    async [Symbol.asyncDispose](): Promise<void> {
      await database.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function register(
  url: string,
  way: Omit<Way, "clientId" | "redirectUri"> & { walk: Walk },
): Promise<Way> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      client_name: "Plain client",
      redirect_uris: [REDIRECT_URI],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      // better-auth lets no other client return to this computer.
      application_type: "native",
      scope: way.scope,
    }),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(`${url} answers ${response.status}: ${JSON.stringify(answer)}`);
  }
  return { ...way, clientId: answer.client_id, redirectUri: REDIRECT_URI };
}
