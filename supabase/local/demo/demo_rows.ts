/**
 * Writes the URLs of the provider and the MCP server into the demo
 * organization's rows, because their ports differ from machine to machine.
 *
 * @module
 */

import {
  configSecretOf,
  openSecret,
  parseEncryptionKeys,
  sealSecret,
} from "../../../functions/_shared/secrets/encryption.ts";
import { connect, type Database } from "../database/connect.ts";
import { DEMO_CLIENT_ID, DEMO_ORGANIZATION_ID, demoIssuer, demoMcpUrl } from "./demo_service.ts";

const place = configSecretOf({ id: "coac_demo", organization_id: DEMO_ORGANIZATION_ID });

/** The values that the rows must have. */
export interface DemoRows {
  databaseUrl: string;
  /** `GATEPOST_ENCRYPTION_KEYS` of the functions, which open the secret. */
  encryptionKeys: string;
  providerPort: number;
  mcpPort: number;
  clientSecret: string;
}

/** Updates the rows whose values differ. */
export async function pointDemoRows(rows: DemoRows): Promise<void> {
  const database = connect(rows.databaseUrl);
  try {
    await pointConfig(database, rows);
    const mcpUrl = demoMcpUrl(rows.mcpPort);
    await database`
      update public.mcp_servers set upstream_url = ${mcpUrl}
      where slug = 'demo' and upstream_url is distinct from ${mcpUrl}`;
  } finally {
    await database.end();
  }
}

async function pointConfig(database: Database, rows: DemoRows): Promise<void> {
  const keys = parseEncryptionKeys(rows.encryptionKeys);
  const issuer = demoIssuer(rows.providerPort);
  const [config] = await database`
    select issuer, client_secret_ciphertext as ciphertext
    from public.custom_oauth_configs where id = 'coac_demo'`;
  const secret = await openSecret(config?.ciphertext ?? "", place, keys).then(
    ({ text }) => text,
    () => undefined,
  );
  if (config?.issuer === issuer && secret === rows.clientSecret) {
    return;
  }
  await database`
    update public.custom_oauth_configs set
      issuer = ${issuer},
      client_id = ${DEMO_CLIENT_ID},
      client_secret_ciphertext =
        ${await sealSecret(rows.clientSecret, place, keys)},
      token_endpoint_auth_method = 'client_secret_basic'
    where id = 'coac_demo'`;
}
