/**
 * The demo OpenID provider: `oidc-provider` with its development pages.
 *
 * Any user name logs in, with any password. The provider behaves like that of
 * a company: it knows one confidential client, and no client can register.
 *
 * @module
 */

import { createServer } from "node:http";
import Provider from "oidc-provider";
import { buildCallbackUrl } from "../../../functions/_shared/urls.ts";
import { connect } from "../database/connect.ts";
import { findAccount } from "./accounts.ts";
import { DEMO_CLIENT_ID, DEMO_ORGANIZATION_ID, type DemoConfiguration, demoIssuer } from "./demo_service.ts";
import { buildPostgresAdapter, makeTables } from "./provider_adapter.ts";

/** Serves the provider on its port. */
export async function startProvider(configuration: DemoConfiguration): Promise<void> {
  const database = connect(configuration.databaseUrl, 5);
  await makeTables(database);
  const provider = new Provider(demoIssuer(configuration.providerPort), {
    adapter: buildPostgresAdapter(database),
    clients: [
      {
        client_id: DEMO_CLIENT_ID,
        client_secret: configuration.clientSecret,
        client_name: "Gatepost",
        token_endpoint_auth_method: "client_secret_basic",
        redirect_uris: [buildCallbackUrl(configuration.publicUrl, DEMO_ORGANIZATION_ID)],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ],
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: ["name", "preferred_username", "picture", "updated_at"],
    },
    scopes: ["openid", "email", "profile", "offline_access"],
    features: {
      devInteractions: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    cookies: { keys: [configuration.cookieKey] },
    jwks: JSON.parse(configuration.signingKeys),
    findAccount,
  });
  provider.use(withoutRemoteFont);
  createServer(provider.callback()).listen(configuration.providerPort, "127.0.0.1");
}

/** Removes the web font that the pages import: without a network, they would wait for it. */
async function withoutRemoteFont(context: { body: unknown }, next: () => Promise<void>): Promise<void> {
  await next();
  if (typeof context.body !== "string") {
    return;
  }
  context.body = context.body.replace(/@import url\([^)]*\);/g, "");
}
