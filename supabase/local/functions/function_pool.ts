/**
 * Runs the function workers and hands requests to them in turn.
 *
 * @module
 */

import type { Output } from "../output.ts";
import { type Child, startChild } from "../processes/child.ts";
import { keepRunning, type Service } from "../processes/keep_running.ts";
import type { LogFile } from "../processes/log_file.ts";
import type { FunctionSettings } from "./function_settings.ts";

/** What the workers run, and their environment. */
export interface FunctionPoolOptions {
  functions: FunctionSettings[];
  workers: number;
  /** How large the heap of a worker may grow. */
  heapMegabytes?: number | undefined;
  env: Record<string, string>;
  log: LogFile;
  output: Output;
}

/** The platform ends a worker that takes 256 MB. Here as well, one that leaks does not take the machine along. */
const HEAP_MEGABYTES = 192;
/** With a larger one, V8 keeps many megabytes of garbage. */
const YOUNG_MEGABYTES = 8;

const root = new URL("../../../", import.meta.url).pathname;

/** Starts the workers and waits until all of them serve. */
export async function startFunctionPool(options: FunctionPoolOptions): Promise<Service> {
  await using started = new AsyncDisposableStack();
  const starting = Array.from({ length: options.workers }, (_, index) => {
    const start = (): Child => startWorker(options, index);
    const { output, log } = options;
    return keepRunning("function worker", start, output, log.path);
  });
  const outcomes = await Promise.allSettled(starting);
  const workers = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  for (const worker of workers) {
    started.defer(() => worker.stop());
  }
  await Promise.all(starting);
  const stopping = started.move();
  let turn = 0;
  return {
    port(): number | undefined {
      const ports = workers.flatMap((worker) => worker.port() ?? []);
      return ports[turn++ % ports.length];
    },
    stop: () => stopping.disposeAsync(),
  };
}

function startWorker(
  { functions, heapMegabytes = HEAP_MEGABYTES, env, log, output }: FunctionPoolOptions,
  index: number,
): Child {
  return startChild({
    script: new URL("function_worker.ts", import.meta.url),
    permissions: [
      `--v8-flags=--max-old-space-size=${heapMegabytes},--max-semi-space-size=${YOUNG_MEGABYTES}`,
      "--allow-net",
      `--allow-read=${root}functions,${root}node_modules`,
      `--allow-env=${Object.keys(env).join(",")}`,
      "--ignore-env",
    ],
    env,
    configuration: functions,
    onLine(line: string): void {
      const entry = parseEntry(line);
      log.write(JSON.stringify(entry));
      const problem = findProblem(entry);
      // Every worker has the same failure at start. Only the first one reports it.
      if (problem !== undefined && index === 0) {
        output.problem(problem);
      }
    },
  });
}

type Entry = Record<string, unknown>;

/** A printed line as an entry of the log. A line that is not JSON becomes the message of an entry. */
function parseEntry(line: string): Entry {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === "object" && entry !== null) {
      return entry as Entry;
    }
  } catch {
    // The line is not JSON.
  }
  return { level: "info", message: line };
}

/** The short form of an entry of level error; undefined for any other. */
function findProblem(entry: Entry): string | undefined {
  if (entry["level"] !== "error") {
    return undefined;
  }
  const parts = ["endpoint", "reason", "message", "cause"]
    .map((name) => entry[name])
    .filter((value) => typeof value === "string")
    .map((text) => text.split("\n")[0]);
  return `Function problem: ${parts.join(": ")}`;
}
