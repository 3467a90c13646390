/**
 * Chooses the ports of the demo upstream and writes its URLs into the database.
 *
 * @module
 */

import type { RunningDatabase } from "../database/start_database.ts";
import type { FunctionVariables } from "../functions/function_variables.ts";
import type { Output } from "../output.ts";
import { choosePort } from "../ports.ts";
import { pointDemoRows } from "./demo_rows.ts";
import { type DemoConfiguration, demoIssuer } from "./demo_service.ts";

/** The demo upstream's configuration, with the issuer it will have. */
export async function prepareDemo(
  { folder, secrets, databaseUrl, demoProviderUrl }: RunningDatabase,
  variables: FunctionVariables,
  output: Output,
): Promise<DemoConfiguration & { issuer: string }> {
  const provider = await choosePort(folder, "provider");
  const issuer = demoIssuer(provider.port);
  if (provider.moved) {
    output.step(`The demo provider's port was taken: it is ${issuer} now, and earlier demo logins are void`);
  }
  const { port: mcpPort } = await choosePort(folder, "mcp");
  await pointDemoRows({
    databaseUrl,
    mcpPort,
    providerPort: provider.port,
    encryptionKeys: variables.GATEPOST_ENCRYPTION_KEYS,
    clientSecret: secrets.demoClientSecret,
  });
  return {
    issuer,
    mcpPort,
    providerPort: provider.port,
    publicUrl: variables.GATEPOST_PUBLIC_URL,
    databaseUrl: demoProviderUrl,
    clientSecret: secrets.demoClientSecret,
    cookieKey: secrets.demoCookieKey,
    signingKeys: secrets.demoSigningKeys,
  };
}
