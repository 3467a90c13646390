/**
 * The records of a worker, on their way to the database in batches.
 *
 * No call waits for it. A batch is sent a second after its first record, or when
 * there are 200, and one at a time. While the database is out of reach the
 * records wait, up to a number and a size; what is beyond is lost, counted and
 * logged. The organization that has most records waiting loses its oldest.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../../_shared/database/database.ts";
import { OAuthError } from "../../_shared/errors.ts";
import type { Log } from "../../_shared/log.ts";
import { hashSessionId } from "../forward/session_id.ts";
import type { CallRecord, Recorder } from "./call_record.ts";

const BATCH_RECORDS = 200;
const BATCH_MILLISECONDS = 1000;
/** The longest wait while the database is out of reach. */
const MAX_WAIT_MILLISECONDS = 30_000;
const MAX_RECORDS = 5000;
const MAX_CHARACTERS = 8_000_000;
/** What a record takes beside its texts. */
const RECORD_CHARACTERS = 500;

export const recordMcpCalls = defineCall(
  "record_mcp_calls",
  z.object({ outcome: z.literal("recorded"), recorded: z.number(), left_out: z.number() }),
);

/** A recorder whose records can be sent at once. */
export interface RecordBuffer extends Recorder {
  /** Sends what there is, and waits for it. */
  flush: () => Promise<void>;
}

/** What the buffer needs from outside. */
export interface RecordBufferDependencies {
  database: Database;
  log: Log;
  /** Calls back once, after a time. Returns what takes that back. */
  after: (milliseconds: number, step: () => void) => () => void;
  /** Keeps the worker alive until a promise is settled. */
  keepRunning: (work: Promise<unknown>) => void;
}

/** A record that waits, and about what it takes. */
interface Waiting {
  record: CallRecord;
  characters: number;
}

/** Builds the buffer of a worker. */
export function buildRecordBuffer(
  { database, log, after, keepRunning }: RecordBufferDependencies,
): RecordBuffer {
  let waiting: Waiting[] = [];
  let characters = 0;
  /** Characters of what waits, by organization. */
  const shares = new Map<string, number>();
  /** Lost since the log was told. */
  let lost = 0;
  let wait = BATCH_MILLISECONDS;
  let cancelTimer: (() => void) | undefined;
  let sending: Promise<void> | undefined;
  /** Settled when nothing waits any more. The worker is kept alive for it. */
  let emptied: PromiseWithResolvers<void> | undefined;

  function add(record: CallRecord): void {
    const size = RECORD_CHARACTERS + countCharacters(record);
    waiting.push({ record, characters: size });
    charge(record.organizationId, size);
    while (waiting.length > MAX_RECORDS || characters > MAX_CHARACTERS) {
      dropOne();
    }
    schedule();
  }

  function charge(organizationId: string, size: number): void {
    const share = (shares.get(organizationId) ?? 0) + size;
    share > 0 ? shares.set(organizationId, share) : shares.delete(organizationId);
    characters += size;
  }

  function dropOne(): void {
    let largest = "";
    for (const [organizationId, share] of shares) {
      largest = share > (shares.get(largest) ?? 0) ? organizationId : largest;
    }
    const index = waiting.findIndex(({ record }) => record.organizationId === largest);
    const [dropped] = waiting.splice(Math.max(index, 0), 1);
    charge(largest, -dropped!.characters);
    lost++;
  }

  function schedule(): void {
    if (waiting.length === 0 && lost === 0) {
      emptied?.resolve();
      emptied = undefined;
      return;
    }
    if (emptied === undefined) {
      emptied = Promise.withResolvers();
      keepRunning(emptied.promise);
    }
    if (sending !== undefined) {
      return;
    }
    if (waiting.length >= BATCH_RECORDS && wait === BATCH_MILLISECONDS) {
      send();
    } else {
      cancelTimer ??= after(wait, send);
    }
  }

  function send(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    sending = sendBatch().finally(() => {
      sending = undefined;
      schedule();
    });
  }

  async function sendBatch(): Promise<void> {
    const batch = waiting.splice(0, BATCH_RECORDS);
    batch.forEach(({ record, characters: size }) => charge(record.organizationId, -size));
    if (batch.length > 0) {
      try {
        const { left_out } = await recordMcpCalls(database, { p_calls: toRows(batch) });
        wait = BATCH_MILLISECONDS;
        if (left_out > 0) {
          report("records_left_out", 200, { left_out });
        }
      } catch (cause) {
        if (cause instanceof OAuthError) {
          // The database is out of reach. It may have recorded the batch all the same, and then does so twice.
          waiting = [...batch, ...waiting];
          batch.forEach(({ record, characters: size }) => charge(record.organizationId, size));
          wait = Math.min(wait * 2, MAX_WAIT_MILLISECONDS);
        } else {
          lost += batch.length;
          report("records_refused", 500, {}, cause);
        }
      }
    }
    if (lost > 0) {
      report("records_lost", 503, { lost });
      lost = 0;
    }
  }

  function report(reason: string, status: number, detail: Record<string, number>, cause?: unknown): void {
    log({
      requestId: "",
      endpoint: "mcp",
      server: undefined,
      status,
      reason,
      milliseconds: 0,
      detail,
      cause,
    });
  }

  return {
    add,
    lose: (count) => {
      lost += count;
      schedule();
    },
    flush: async () => {
      await sending;
      while (waiting.length > 0 || lost > 0 || sending !== undefined) {
        const before = waiting.length;
        if (sending === undefined) {
          send();
        }
        await sending;
        if (waiting.length >= before && before > 0) {
          lost += waiting.length;
          waiting = [];
          shares.clear();
          characters = 0;
        }
      }
      cancelTimer?.();
      cancelTimer = undefined;
    },
  };
}

function countCharacters({ arguments: given, result, mcpSessionId, name, method }: CallRecord): number {
  return (given === null ? 0 : JSON.stringify(given).length) +
    (result === null ? 0 : JSON.stringify(result).length) +
    (mcpSessionId?.length ?? 0) + (name?.length ?? 0) + method.length;
}

/** The elements that `record_mcp_calls` takes. */
function toRows(batch: readonly Waiting[]): Record<string, unknown>[] {
  return batch.map(({ record }) => ({
    organization_id: record.organizationId,
    mcp_server_id: record.serverId,
    mcp_server_user_id: record.userId,
    session_hash: hashSessionId(record.mcpSessionId),
    client_id: record.clientId,
    method: record.method,
    name: record.name,
    ...(record.clientInfo === null
      ? {}
      : { client_name: record.clientInfo.name, client_version: record.clientInfo.version }),
    started_at: new Date(record.startedAt).toISOString(),
    milliseconds: record.milliseconds,
    outcome: record.outcome,
    error_code: record.errorCode,
    http_status: record.httpStatus,
    bytes_in: record.bytesIn,
    bytes_out: record.bytesOut,
    arguments: record.arguments,
    result: record.result,
  }));
}
