/**
 * A program that speaks JSON-RPC over its standard input and output, one message a line.
 *
 * @module
 */

import { splitLines } from "../../../supabase/local/processes/lines.ts";
import { MOST_MILLISECONDS, signalGroup, spawn } from "./programs.ts";

/** Such a program. */
export interface JsonRpcProcess {
  request(method: string, params: unknown): Promise<Record<string, unknown>>;
  notify(method: string, params?: unknown): Promise<void>;
  stop(): Promise<void>;
}

const GRACE_MILLISECONDS = 2_000;

/** Starts it. */
export function startJsonRpc(command: string[], cwd: string, env: Record<string, string>): JsonRpcProcess {
  const process = spawn(command, cwd, env);
  const input = process.stdin.getWriter();
  const waiting = new Map<number, (message: Record<string, unknown>) => void>();
  let said = "";
  let last = 0;
  const reading = readAnswers();
  const keeping = keep(process.stderr);
  return { request, notify, stop };

  async function readAnswers(): Promise<void> {
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines());
    for await (const line of lines) {
      const message = JSON.parse(line) as Record<string, unknown>;
      // A request of the program's own has a method, and may have the same id.
      if (!("method" in message)) {
        waiting.get(message["id"] as number)?.(message);
      }
    }
    for (const answer of waiting.values()) {
      answer({ error: `the program has ended: ${said.slice(-2000)}` });
    }
  }

  async function keep(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      said += text;
    }
  }

  async function request(method: string, params: unknown): Promise<Record<string, unknown>> {
    const id = ++last;
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
    waiting.set(id, resolve);
    const timer = setTimeout(() => resolve({ error: `no answer: ${said.slice(-2000)}` }), MOST_MILLISECONDS);
    await send({ jsonrpc: "2.0", id, method, params });
    const answer = await promise;
    clearTimeout(timer);
    waiting.delete(id);
    if ("error" in answer) {
      throw new Error(`${method}: ${JSON.stringify(answer["error"])}`);
    }
    return answer["result"] as Record<string, unknown>;
  }

  function notify(method: string, params: unknown = {}): Promise<void> {
    return send({ jsonrpc: "2.0", method, params });
  }

  function send(message: unknown): Promise<void> {
    return input.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`)).catch(() => undefined);
  }

  async function stop(): Promise<void> {
    await input.close().catch(() => undefined);
    signalGroup(process.pid, "SIGTERM");
    const timer = setTimeout(() => signalGroup(process.pid, "SIGKILL"), GRACE_MILLISECONDS);
    await Promise.all([process.status, reading, keeping]);
    clearTimeout(timer);
  }
}
