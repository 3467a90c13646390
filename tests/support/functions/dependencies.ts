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
import type { CallRecord, Recorder } from "../../../functions/mcp/records/call_record.ts";
import {
  buildOpenExchange,
  type Exchange,
  type OpenExchange,
} from "../../../functions/mcp/records/exchange.ts";
import { buildOpenCalls } from "../../../functions/mcp/records/open_calls.ts";
import { type Answers, type FakeDatabase, fakeDatabase } from "../database/fake_database.ts";
import { makeEncryptionKeySet, makeSigningKeySet } from "./keys.ts";
import { collectLog, type LogLine } from "../stack/log_lines.ts";
import { buildServer, PUBLIC_URL } from "../database/records.ts";

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
  openExchange: OpenExchange;
}

/** Dependencies whose database is the fake, and whose log and records are at hand. */
export type TestDependencies = Dependencies & {
  database: FakeDatabase;
  logged: LogLine[];
  recorded: CallRecord[];
};

/** The exchange of a request whose records nobody reads. */
export function openUnread(request: Request): Exchange {
  const now = (): number => NOW;
  const dependencies = { recorder: collectRecords().recorder, openCalls: buildOpenCalls(now), now };
  return buildOpenExchange(dependencies)(request, buildServer());
}

/** A recorder that keeps what it is given. */
export function collectRecords(): { recorder: Recorder; recorded: CallRecord[]; countLost: () => number } {
  const recorded: CallRecord[] = [];
  let lost = 0;
  return {
    recorded,
    countLost: () => lost,
    recorder: {
      add: (record) => void recorded.push(record),
      lose: (count) => {
        lost += count;
      },
    },
  };
}

/** Builds the dependencies around the database calls that a test names. */
export function buildDependencies(
  answers: Answers = {},
  changes: Partial<Dependencies> = {},
): TestDependencies {
  const { log, logged } = collectLog();
  const { recorder, recorded } = collectRecords();
  const now = changes.now ?? ((): number => NOW);
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
    now,
    log,
    openExchange: buildOpenExchange({ recorder, openCalls: buildOpenCalls(now), now }),
    ...changes,
    database: fakeDatabase(answers),
    logged,
    recorded,
  };
}
