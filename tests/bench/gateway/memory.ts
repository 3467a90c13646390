/**
 * What a proxy's memory does over many calls, over a long stream, and when nobody reads what it is sent.
 *
 * @module
 */

import { residentBytesOf } from "../../../supabase/local/processes/process_table.ts";
import { type Scene, type Side, WARM_UP, type Ways } from "./scene.ts";

/**
 * How far the memory may rise: over calls above the peak of the warm-up, which has the garbage collector's amplitude
 * in it, over a stream above where it stood.
 */
export const RISE_BYTES = 16 * 1024 ** 2;
/** How much of a stream may be underway: Linux lets the sockets of each of two hops grow to 36 MB. */
export const UNDERWAY_BYTES = 80 * 1024 ** 2;

const SAMPLE_MILLISECONDS = 50;
const CALLS = 10_000;
const STREAM_BYTES = 1024 ** 3;
const SLOW_BYTES_PER_SECOND = 4 * 1024 ** 2;
const SLOW_SECONDS = 20;

/** The memory of one process while something was going on, in bytes. */
export interface MemoryLine {
  name: string;
  side: Side;
  before: number;
  peak: number;
  after: number;
  /** What the MCP server had sent and the client had not read, where that was counted. */
  underway?: number;
}

/** Measures one proxy in all three ways. */
export async function measureMemory(scene: Scene, ways: Ways, side: Side): Promise<MemoryLine[]> {
  const { runCalls, readStream, countStreamedBytes } = scene;
  const { buildTarget, entrances } = ways;
  const warmUp = { ...buildTarget(side, "text", 100), ...WARM_UP };
  const stream = buildTarget(side, "stream", STREAM_BYTES);
  const watch = (step: () => Promise<unknown>): Promise<Peak> => watchMemory(entrances[side].pid!, step);

  const warming = await watch(() => runCalls(warmUp));
  const calls = await watch(() => runCalls({ ...warmUp, calls: CALLS }));
  const fast = await watch(() => readStream(stream));
  const streamed = await countStreamedBytes();
  let underway = 0;
  const slow = await watch(async () => {
    const pace = { bytesPerSecond: SLOW_BYTES_PER_SECOND, seconds: SLOW_SECONDS };
    const { readBytes } = await readStream({ ...stream, ...pace });
    underway = await countStreamedBytes() - streamed - readBytes;
  });
  return [
    { side, name: "10,000 calls", ...calls, before: warming.peak },
    { side, name: "1 GB, read at once", ...fast },
    { side, name: "1 GB, read at 4 MB/s", ...slow, underway },
  ];
}

type Peak = Pick<MemoryLine, "before" | "peak" | "after">;

async function watchMemory(pid: number, step: () => Promise<unknown>): Promise<Peak> {
  const before = await residentBytesOf(pid);
  let peak = before;
  const sample = async (): Promise<number> => {
    const bytes = await residentBytesOf(pid);
    peak = Math.max(peak, bytes);
    return bytes;
  };
  const timer = setInterval(sample, SAMPLE_MILLISECONDS);
  try {
    await step();
    const after = await sample();
    return { before, peak, after };
  } finally {
    clearInterval(timer);
  }
}
