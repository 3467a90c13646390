/**
 * Serves every Edge Function in one process, as the platform would.
 *
 * A function sees `/<its name>/sub/path` on an internal host. A function that
 * fails to start answers 503, and the others work. `EdgeRuntime.waitUntil` is
 * there, and before the end there is a `beforeunload`.
 *
 * @module
 */

import { terminal } from "../output.ts";
import { toSentence } from "../problem.ts";
import { readConfiguration, reportListening, serve } from "../processes/inside_child.ts";
import type { FunctionSettings } from "./function_settings.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** Before the parent kills this process. */
const LAST_MILLISECONDS = 4000;

const background = new Set<Promise<unknown>>();
Object.assign(globalThis, { EdgeRuntime: { waitUntil } });

const functions = await readConfiguration<FunctionSettings[]>(finish);
const loaded = await Promise.all(functions.map(load));
const handlers = new Map<string, Handler>(loaded);
reportListening(serve(handle));

async function load({ name, entrypoint }: FunctionSettings): Promise<[string, Handler]> {
  try {
    const module = (await import(entrypoint)) as { default: { fetch: Handler } };
    return [name, (request) => module.default.fetch(request)];
  } catch (error) {
    report(`Function ${name} does not start: ${toSentence(error)}`);
    return [name, () => answer(503, "Function failed to start")];
  }
}

async function handle(request: Request): Promise<Response> {
  const [, name = ""] = new URL(request.url).pathname.split("/");
  const handler = handlers.get(name);
  if (handler === undefined) {
    return answer(404, "Function not found");
  }
  try {
    return await handler(request);
  } catch (error) {
    report(`Function ${name} failed: ${toSentence(error)}`);
    return answer(500, "Internal Server Error");
  }
}

/** The platform keeps a worker alive for such work. This process is alive, and waits for it when it ends. */
function waitUntil(work: Promise<unknown>): void {
  const settled = work.catch(() => undefined).finally(() => background.delete(settled));
  background.add(settled);
}

async function finish(): Promise<void> {
  globalThis.dispatchEvent(new Event("beforeunload"));
  const limit = new Promise((resolve) => setTimeout(resolve, LAST_MILLISECONDS));
  await Promise.race([Promise.all(background), limit]);
}

function answer(status: number, message: string): Response {
  return Response.json({ code: status, message }, { status });
}

/** Prints a problem in the form of the functions' log lines. */
function report(message: string): void {
  terminal().print(JSON.stringify({ level: "error", message }));
}
