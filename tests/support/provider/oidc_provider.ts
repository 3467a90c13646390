/**
 * `oidc-provider`, a certified provider that others wrote, on loopback: with one client, and whatever a test changes.
 *
 * @module
 */

import { createServer } from "node:http";
import Provider from "oidc-provider";
import { findFreePort } from "../../../supabase/local/ports.ts";

/** A running provider. */
export interface OidcProvider extends AsyncDisposable {
  issuer: string;
  clientId: string;
  clientSecret: string;
}

/** Starts the provider with a client that has these redirect URIs. */
export async function startOidcProvider(
  redirectUris: string[],
  { client = {}, configuration = {}, issuerPath = "" }: {
    client?: Record<string, unknown>;
    configuration?: Record<string, unknown>;
    /** What follows the origin in the issuer. */
    issuerPath?: string;
  } = {},
): Promise<OidcProvider> {
  const port = findFreePort();
  const issuer = `http://127.0.0.1:${port}${issuerPath}`;
  const clientId = "gatepost";
  const clientSecret = "a-secret-of-the-provider";
  const provider = new Provider(issuer, {
    clients: [{
      client_id: clientId,
      client_secret: clientSecret,
      token_endpoint_auth_method: "client_secret_basic",
      redirect_uris: redirectUris,
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      ...client,
    }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    scopes: ["openid", "email", "profile", "offline_access"],
    features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ["cookie-key"] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: id }),
    }),
    ...configuration,
  });
  const server = createServer(provider.callback());
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    clientId,
    clientSecret,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
