/**
 * The administration of the demo provider: it registers a client of an organization, and gives it another secret.
 *
 * `oidc-provider` reads a client that is not in its configuration from its
 * adapter each time (its documentation, "clients"), which here is a table.
 *
 * @module
 */

import { connect, databaseUrl } from "../../../supabase/local/database/connect.ts";
import { DEMO_PROVIDER } from "../../../supabase/local/database/platform.ts";
import type { TestStack } from "../stack/stack.ts";

/** A client at the demo provider. */
export interface DemoClient {
  clientId: string;
  secret: string;
}

/** Registers a client with a redirect URI; with the id of one that is there, it gets a new secret. */
export async function registerDemoClient(
  { secrets, adminUrl }: Pick<TestStack, "secrets" | "adminUrl">,
  redirectUri: string,
  clientId: string = `client-${crypto.randomUUID()}`,
): Promise<DemoClient> {
  const port = Number(new URL(adminUrl).port);
  const database = connect(databaseUrl(DEMO_PROVIDER, secrets.demoProviderPassword, port, DEMO_PROVIDER));
  const secret = crypto.randomUUID();
  const client = {
    client_id: clientId,
    client_secret: secret,
    client_name: "Gatepost",
    token_endpoint_auth_method: "client_secret_basic",
    redirect_uris: [redirectUri],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  };
  try {
    await database`
      insert into provider_entries (model, id, payload) values ('Client', ${clientId}, ${
      database.json(client)
    })
      on conflict (model, id) do update set payload = excluded.payload`;
  } finally {
    await database.end();
  }
  return { clientId, secret };
}
