/**
 * The secrets of one data folder: made once, then kept in a file that only its owner may read.
 *
 * @module
 */

import { type DataFolder, keep, readKept } from "./data_folder.ts";
import { generateEncryptionKeys, generateSigningKeys, randomText } from "./make_keys.ts";

/** All secrets of one stack. */
export interface Secrets {
  /** Of the database's superuser, which prepares what Supabase provides and does nothing else. */
  adminPassword: string;
  /** Of the database user `postgres`. */
  postgresPassword: string;
  /** Of the functions' own database user, where they do not use the REST layer. */
  functionsPassword: string;
  /** Of the demo provider's database user. */
  demoProviderPassword: string;
  /** Signs the tokens of platform users, as Supabase Auth does. */
  authJwtSecret: string;
  publishableKey: string;
  secretKey: string;
  /** JWKS, in the form of `GATEPOST_SIGNING_KEYS`. */
  signingKeys: string;
  /** JWKS, in the form of `GATEPOST_ENCRYPTION_KEYS`. */
  encryptionKeys: string;
  /** Gatepost's client secret at the demo provider. */
  demoClientSecret: string;
  /** Signs the demo provider's cookies. */
  demoCookieKey: string;
  /** JWKS that signs the demo provider's id tokens. */
  demoSigningKeys: string;
}

/** Reads the secrets of a data folder, or makes those that it lacks. */
export async function readSecrets(folder: DataFolder): Promise<Secrets> {
  const kept = await readKept<Secrets>(folder.path, "secrets.json");
  // A folder of an earlier version lacks what was added since.
  if (kept?.functionsPassword !== undefined) {
    return kept;
  }
  const secrets = { ...await makeSecrets(), ...kept };
  await keep(folder, "secrets.json", secrets);
  return secrets;
}

async function makeSecrets(): Promise<Secrets> {
  return {
    adminPassword: randomText(24),
    postgresPassword: randomText(24),
    functionsPassword: randomText(24),
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
