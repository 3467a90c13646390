/**
 * The client, in a process of its own: calls over kept connections, and times each call to its last byte.
 *
 * `POST /calls` calls as often as it can; `POST /turns` makes each of its calls
 * once, one after the other; `POST /stream` reads one answer, at a given pace if
 * there is one.
 *
 * @module
 */

import { readConfiguration, reportListening, serve } from "../../../supabase/local/processes/inside_child.ts";
import { quantile } from "../quantile.ts";

/** By how much the headers differ from those of the call before: coprime to the longest, so that all lengths come. */
const STEP_BYTES = 389;
const LONGEST_BYTES = 1024;

/** What to call. */
export interface Target {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Calls by so many clients at once, with headers of changing length, until the time is over or all are made. */
export interface Load extends Target {
  clients: number;
  seconds?: number;
  calls?: number;
}

/** What calls gave. */
export interface Timing {
  callsPerSecond: number;
  p50Milliseconds: number;
  p99Milliseconds: number;
}

/** One answer, of which at most `bytesPerSecond` are read, and no longer than `seconds`. */
export interface Reading extends Target {
  bytesPerSecond?: number;
  seconds?: number;
}

/** What reading gave. */
export interface ReadingResult {
  readBytes: number;
  seconds: number;
}

await readConfiguration();
reportListening(serve(async (request) => {
  const asked = await request.json();
  const act =
    { "/calls": runCalls, "/turns": takeTurns, "/stream": readStream }[new URL(request.url).pathname];
  return Response.json(await act!(asked));
}));

async function runCalls({ clients, seconds = Infinity, calls = Infinity, ...target }: Load): Promise<Timing> {
  const milliseconds: number[] = [];
  const started = performance.now();
  const deadline = started + seconds * 1_000;
  let begun = 0;
  await Promise.all(Array.from({ length: clients }, async () => {
    while (begun++ < calls && performance.now() < deadline) {
      const headers = lengthen(target.headers, begun);
      const before = performance.now();
      await (await call({ ...target, headers })).arrayBuffer();
      milliseconds.push(performance.now() - before);
    }
  }));
  const elapsedSeconds = (performance.now() - started) / 1_000;
  return {
    callsPerSecond: milliseconds.length / elapsedSeconds,
    p50Milliseconds: quantile(milliseconds, 0.5),
    p99Milliseconds: quantile(milliseconds, 0.99),
  };
}

/** Makes the calls of each row in order, row after row: the milliseconds by column. */
async function takeTurns(rows: Target[][]): Promise<number[][]> {
  const columns: number[][] = rows[0]?.map(() => []) ?? [];
  for (const row of rows) {
    for (const [column, target] of row.entries()) {
      const before = performance.now();
      await (await call(target)).arrayBuffer();
      columns[column]!.push(performance.now() - before);
    }
  }
  return columns;
}

/**
 * Headers that are up to a KB longer.
 *
 * What a call costs Deno's server jumps where its first KB ends: with headers of one length, the ratio would be luck.
 */
function lengthen(headers: Target["headers"], round: number): Target["headers"] {
  return { ...headers, "User-Agent": "x".repeat(1 + (round * STEP_BYTES) % LONGEST_BYTES) };
}

async function readStream(
  { bytesPerSecond = Infinity, seconds = Infinity, ...target }: Reading,
): Promise<ReadingResult> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1_000;
  const response = await call(target);
  let readBytes = 0;
  for await (const chunk of response.body!) {
    readBytes += chunk.length;
    const ahead = readBytes / bytesPerSecond - elapsed();
    if (ahead > 0.001) {
      await new Promise((resolve) => setTimeout(resolve, ahead * 1_000));
    }
    if (elapsed() >= seconds) {
      break;
    }
  }
  return { readBytes, seconds: elapsed() };
}

async function call({ url, headers, body }: Target): Promise<Response> {
  const response = await fetch(url, { method: "POST", headers, body });
  if (response.status !== 200) {
    throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  }
  return response;
}
