/**
 * Serves every Edge Function in one process, as the platform would.
 *
 * A function sees `/<its name>/sub/path` on an internal host. A function that
 * fails to start answers 503, and the others work.
 *
 * @module
 */

import { terminal } from "../output.ts";
import { toSentence } from "../problem.ts";
import { readConfiguration, reportListening, serve } from "../processes/inside_child.ts";
import type { FunctionSettings } from "./function_settings.ts";

type Handler = (request: Request) => Response | Promise<Response>;

const functions = await readConfiguration<FunctionSettings[]>();
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

function answer(status: number, message: string): Response {
  return Response.json({ code: status, message }, { status });
}

/** Prints a problem in the form of the functions' log lines. */
function report(message: string): void {
  terminal().print(JSON.stringify({ level: "error", message }));
}
