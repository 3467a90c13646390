/**
 * Programs in processes of their own, whose children end with them.
 *
 * @module
 */

/** What became of a program. */
export interface Ran {
  code: number;
  /** Both its outputs. */
  output: string;
}

/** What is typed when a text appears. */
export interface Answer {
  to: string;
  with: string;
}

/** A program that runs on. */
export interface ServingProcess {
  /** What it said that it was waited for. */
  said: string;
  stop(): Promise<void>;
}

/** How long a program may take for whatever it was asked. */
export const MOST_MILLISECONDS = 60_000;

/** Runs a program to its end. */
export async function runToEnd(
  command: string[],
  cwd: string,
  env: Record<string, string>,
  answer: Answer | undefined,
): Promise<Ran> {
  const process = spawn(command, cwd, env);
  const timer = setTimeout(() => signalGroup(process.pid, "SIGKILL"), MOST_MILLISECONDS);
  const input = process.stdin.getWriter();
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      if (answer !== undefined && output.includes(answer.to)) {
        await input.write(new TextEncoder().encode(answer.with)).catch(() => undefined);
        answer = undefined;
      }
    }
  };
  // A terminal stays open until its program ends; a pipe that nobody writes to is closed.
  if (answer === undefined && !command[0]!.endsWith("script")) {
    await input.close().catch(() => undefined);
  }
  const [{ code }] = await Promise.all([process.status, read(process.stdout), read(process.stderr)]);
  clearTimeout(timer);
  await input.close().catch(() => undefined);
  return { code, output };
}

/** Starts a program, and waits until it has said that it runs. */
export async function startServing(
  command: string[],
  cwd: string,
  env: Record<string, string>,
  until: RegExp,
): Promise<ServingProcess> {
  const process = spawn(command, cwd, env);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      const [said] = until.exec(output) ?? [];
      if (said !== undefined) {
        resolve(said);
      }
    }
    reject(new Error(`${command.join(" ")} has ended: ${output}`));
  };
  const reading = Promise.all([read(process.stdout), read(process.stderr), process.stdin.close()]);
  const timer = setTimeout(() => signalGroup(process.pid, "SIGKILL"), MOST_MILLISECONDS);
  try {
    return { said: await promise, stop };
  } finally {
    clearTimeout(timer);
  }

  async function stop(): Promise<void> {
    signalGroup(process.pid, "SIGKILL");
    await Promise.all([process.status, reading]);
  }
}

/** Starts a program with nothing of this process's environment. */
export function spawn(
  [program, ...args]: string[],
  cwd: string,
  env: Record<string, string>,
): Deno.ChildProcess {
  return new Deno.Command(program!, {
    ...{ args, cwd, env },
    clearEnv: true,
    // A group of its own: what the program has started ends with it.
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Signals a program and all that it has started. */
export function signalGroup(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}
