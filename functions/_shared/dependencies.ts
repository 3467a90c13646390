/**
 * What a handler needs from outside: configuration, database, keys, upstream, clock, log.
 *
 * `index.ts` of each function wires the real ones; tests pass fakes.
 *
 * @module
 */

import { type Config, readConfig } from "./config.ts";
import { connectDatabase, type Database } from "./database/database.ts";
import { type EncryptionKeys, parseEncryptionKeys } from "./secrets/encryption.ts";
import { type Log, writeLog } from "./log.ts";
import { buildSafeFetch, type SafeFetch } from "./http/safe_fetch.ts";
import { parseSigningKeys, type SigningKeys } from "./tokens/signing.ts";

/** Everything a handler is given. */
export interface Dependencies {
  config: Config;
  database: Database;
  signingKeys: SigningKeys;
  encryptionKeys: EncryptionKeys;
  /** Fetches from providers and other addresses that somebody configured. */
  safeFetch: SafeFetch;
  /** Milliseconds since the epoch. */
  now: () => number;
  log: Log;
}

/** Wires the real dependencies, or throws the sentence that says which configuration is missing. */
export async function wireDependencies(): Promise<Dependencies> {
  const config = readConfig((name) => Deno.env.get(name));
  return {
    config,
    database: connectDatabase(config),
    signingKeys: await parseSigningKeys(config.signingKeys),
    encryptionKeys: parseEncryptionKeys(config.encryptionKeys),
    safeFetch: buildSafeFetch(config),
    now: Date.now,
    log: writeLog,
  };
}
