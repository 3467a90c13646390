/**
 * The secrets of one data folder: made once, kept, readable by the owner only.
 *
 * @module
 */

import { type DataFolder, keep, readKept } from "./data_folder.ts";
import { generateEncryptionKeys, generateSigningKeys, randomText } from "./make_keys.ts";

/** Everything a stack knows that nobody else may. */
export interface Secrets {
  /** The database's superuser, who only prepares what Supabase provides. */
  adminPassword: string;
  /** The database user `postgres`. */
  postgresPassword: string;
  /** The database user of the demo provider. */
  demoProviderPassword: string;
  /** Signs the tokens of platform users, as Supabase Auth does. */
  authJwtSecret: string;
  publishableKey: string;
  secretKey: string;
  /** JWKS, as `GATEPOST_SIGNING_KEYS` wants it. */
  signingKeys: string;
  /** JWKS, as `GATEPOST_ENCRYPTION_KEYS` wants it. */
  encryptionKeys: string;
  /** What the demo provider knows Gatepost by. */
  demoClientSecret: string;
  /** Signs the demo provider's cookies. */
  demoCookieKey: string;
  /** JWKS that signs the demo provider's id tokens. */
  demoSigningKeys: string;
}

/** The secrets of a data folder, new ones where there are none. */
export async function readSecrets(folder: DataFolder): Promise<Secrets> {
  const kept = await readKept<Secrets>(folder.path, "secrets.json");
  if (kept !== undefined) {
    return kept;
  }
  const secrets = await makeSecrets();
  await keep(folder, "secrets.json", secrets);
  return secrets;
}

async function makeSecrets(): Promise<Secrets> {
  return {
    adminPassword: randomText(24),
    postgresPassword: randomText(24),
    demoProviderPassword: randomText(24),
    authJwtSecret: randomText(48),
    publishableKey: makeApiKey("publishable"),
    secretKey: makeApiKey("secret"),
    signingKeys: await generateSigningKeys(),
    encryptionKeys: generateEncryptionKeys(),
    demoClientSecret: randomText(32),
    demoCookieKey: randomText(32),
    demoSigningKeys: await generateSigningKeys("RS256"),
  };
}

/** An opaque API key in the shape that Supabase gives its own. */
function makeApiKey(type: "publishable" | "secret"): string {
  return `sb_${type}_${randomText(17).slice(0, 22)}_${randomText(6)}`;
}
