/**
 * One function in a worker of its own, as the local stack runs its functions.
 *
 * But its log goes to a file: whoever read it would take part of the machine.
 *
 * @module
 */

import type { FunctionSettings } from "../../../supabase/local/functions/function_settings.ts";

/** A process that serves. */
export interface Listening extends AsyncDisposable {
  url: string;
}

/** A worker. */
export interface Worker extends Listening {
  pid: number;
}

const root = new URL("../../../", import.meta.url).pathname;

/** Starts a worker of one function, and waits until it serves. */
export async function startWorker(
  { name, entrypoint, env, folder, edgeDeno }: {
    name: string;
    /** Path of its module in this repository. */
    entrypoint: string;
    env: Record<string, string>;
    /** Where its log goes. */
    folder: string;
    /** The Deno of the edge runtime's level, to run it in that one. */
    edgeDeno?: string | undefined;
  },
): Promise<Worker> {
  const log = await Deno.makeTempFile({ dir: folder, prefix: `${name}-`, suffix: ".log" });
  const settings: FunctionSettings = { name, entrypoint: `file://${root}${entrypoint}`, verifyJwt: false };
  const script = `${root}supabase/local/functions/function_worker.ts`;
  const process = new Deno.Command("sh", {
    args: [
      ...["-c", 'log=$1; shift; exec "$@" > "$log" 2>&1', "sh", log],
      ...[edgeDeno ?? Deno.execPath(), "run", "--quiet", "--no-prompt", "--config", `${root}deno.json`],
      ...["--allow-net", `--allow-read=${root}functions,${root}node_modules,${root}tests/bench`],
      // The older one reads no such lock file, and cannot hide variables.
      ...(edgeDeno
        ? ["--no-lock", "--allow-env"]
        : [`--allow-env=${Object.keys(env).join(",")}`, "--ignore-env"]),
      script,
    ],
    env: { ...env, NO_COLOR: "1" },
    stdin: "piped",
  }).spawn();
  const input = process.stdin.getWriter();
  await input.write(new TextEncoder().encode(`${JSON.stringify([settings])}\n`));
  let isRunning = true;
  const ended = process.status.then(() => isRunning = false);
  while (isRunning) {
    const [, port] = /^\{"listening":(\d+)\}$/m.exec(await Deno.readTextFile(log)) ?? [];
    if (port !== undefined) {
      return {
        url: `http://127.0.0.1:${port}`,
        pid: process.pid,
        async [Symbol.asyncDispose](): Promise<void> {
          await input.close();
          await ended;
        },
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`A worker does not start: ${await Deno.readTextFile(log)}`);
}
