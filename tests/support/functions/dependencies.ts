/**
 * What a handler is given in a test: real keys, a clock that stands still, a log that is collected, and a database and
 * a network that refuse whatever the test did not name.
 *
 * @module
 */

import type { Config } from "../../../functions/_shared/config.ts";
import type { Dependencies } from "../../../functions/_shared/dependencies.ts";
import { parseEncryptionKeys } from "../../../functions/_shared/secrets/encryption.ts";
import { parseSigningKeys } from "../../../functions/_shared/tokens/signing.ts";
import { type Answers, type FakeDatabase, fakeDatabase } from "../database/fake_database.ts";
import { makeEncryptionKeySet, makeSigningKeySet } from "./keys.ts";
import { collectLog, type LogLine } from "../stack/log_lines.ts";
import { PUBLIC_URL } from "../database/records.ts";

/** Made once for each test file. */
const SIGNING_KEY_SET = await makeSigningKeySet("signing-1");
const ENCRYPTION_KEY_SET = makeEncryptionKeySet("encryption-1");

/** The keys that every `buildDependencies` of this file hands out. */
export const signingKeys = await parseSigningKeys(SIGNING_KEY_SET);
/** The keys that every `buildDependencies` of this file hands out. */
export const encryptionKeys = parseEncryptionKeys(ENCRYPTION_KEY_SET);

/** The time at which the clock of a test stands. */
export const NOW = Date.parse("2026-11-23T09:00:00Z");

/** Dependencies whose database is the fake and whose log is at hand. */
export type TestDependencies = Dependencies & { database: FakeDatabase; logged: LogLine[] };

/** A complete configuration. */
export function buildConfiguration(changes: Partial<Config> = {}): Config {
  return {
    publicUrl: PUBLIC_URL,
    supabaseUrl: "http://supabase.test",
    supabaseSecretKey: "sb_secret_test",
    supabasePublishableKey: undefined,
    signingKeys: SIGNING_KEY_SET,
    encryptionKeys: ENCRYPTION_KEY_SET,
    consentUrl: undefined,
    allowPrivateUpstreams: false,
    ...changes,
  };
}

/** Builds the dependencies around the database calls that a test names. */
export function buildDependencies(
  answers: Answers = {},
  changes: Partial<Dependencies> = {},
): TestDependencies {
  const { log, logged } = collectLog();
  return {
    config: buildConfiguration(),
    signingKeys,
    encryptionKeys,
    safeFetch: (url) => {
      throw new Error(`The test did not name the address ${url}`);
    },
    now: () => NOW,
    log,
    ...changes,
    database: fakeDatabase(answers),
    logged,
  };
}
