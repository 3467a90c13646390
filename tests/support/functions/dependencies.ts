/**
 * What a handler is given in a test: real keys, a clock that stands still, a log that is collected, and a database and
 * a network that refuse whatever the test did not name.
 *
 * @module
 */

import type { CleanUp } from "../../../functions/_shared/database/clean_up.ts";
import type { Database } from "../../../functions/_shared/database/database.ts";
import type { SafeFetch } from "../../../functions/_shared/http/safe_fetch.ts";
import type { FindSource } from "../../../functions/_shared/http/source.ts";
import type { Log } from "../../../functions/_shared/log.ts";
import { type EncryptionKeys, parseEncryptionKeys } from "../../../functions/_shared/secrets/encryption.ts";
import { parseSigningKeys, type SigningKeys } from "../../../functions/_shared/tokens/signing_keys.ts";
import { type Answers, type FakeDatabase, fakeDatabase } from "../database/fake_database.ts";
import { makeEncryptionKeySet, makeSigningKeySet } from "./keys.ts";
import { collectLog, type LogLine } from "../stack/log_lines.ts";
import { PUBLIC_URL } from "../database/records.ts";

/** The keys that every `buildDependencies` hands out, made once for each test file. */
export const signingKeys = await parseSigningKeys(await makeSigningKeySet("signing-1"));
/** The keys that every `buildDependencies` hands out, made once for each test file. */
export const encryptionKeys = parseEncryptionKeys(makeEncryptionKeySet("encryption-1"));

/** The time at which the clock of a test stands. */
export const NOW = Date.parse("2026-11-23T09:00:00Z");

/** What any handler can need. Each names a part of it. */
export interface Dependencies {
  publicUrl: string;
  consentUrl: string | undefined;
  allowPrivateUpstreams: boolean;
  database: Database;
  signingKeys: SigningKeys;
  encryptionKeys: EncryptionKeys;
  findSource: FindSource;
  cleanUp: CleanUp;
  safeFetch: SafeFetch;
  /** Milliseconds since the epoch. */
  now: () => number;
  log: Log;
}

/** Dependencies whose database is the fake and whose log is at hand. */
export type TestDependencies = Dependencies & { database: FakeDatabase; logged: LogLine[] };

/** Builds the dependencies around the database calls that a test names. */
export function buildDependencies(
  answers: Answers = {},
  changes: Partial<Dependencies> = {},
): TestDependencies {
  const { log, logged } = collectLog();
  return {
    publicUrl: PUBLIC_URL,
    consentUrl: undefined,
    allowPrivateUpstreams: false,
    signingKeys,
    encryptionKeys,
    findSource: () => Promise.resolve(null),
    cleanUp: () => undefined,
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
