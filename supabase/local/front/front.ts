/**
 * The one address of the stack, as a Supabase project has one.
 *
 * `/rest/v1` and `/auth/v1` go to the REST layer, `/functions/v1` to the
 * functions, without that prefix. The origin's well-known documents are the
 * functions' too, and where the public URL is a whole origin, so is its root.
 * Everything else is 404.
 *
 * @module
 */

import { ownsOrigin } from "../../../functions/_shared/urls.ts";
import type { FunctionSettings } from "../functions/function_settings.ts";
import { refuseWithoutJwt } from "../functions/gateway_jwt.ts";
import { Problem } from "../problem.ts";
import type { Service } from "../processes/keep_running.ts";
import { type Call, forward } from "./forward.ts";
import { findFunctionPath } from "./function_path.ts";

/** What stands behind the front. */
export interface Services {
  rest: Service;
  functions: Service;
  settings: FunctionSettings[];
  jwtSecret: string;
  publicUrl: string;
  /** The slug of the server that paths without one lead to. */
  defaultServer: string | undefined;
}

/** The listening front. It answers 503 until it is opened. */
export interface Front {
  port: number;
  open(services: Services): void;
  stop(): Promise<void>;
}

/** Takes the port at once, so that a port in use shows before any work. */
export function startFront(port: number): Front {
  let services: Services | undefined;
  const abort = new AbortController();
  const server = listen(
    port,
    (call) => {
      if (services !== undefined) {
        return route(call, services);
      }
      return forward(call, undefined, "/");
    },
    abort.signal,
  );
  return {
    port: server.addr.port,
    open(behind: Services): void {
      services = behind;
    },
    async stop(): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

function listen(
  port: number,
  handler: (call: Call) => Promise<Response>,
  signal: AbortSignal,
): Deno.HttpServer<Deno.NetAddr> {
  const hostname = "127.0.0.1";
  const onListen = (): void => undefined;
  try {
    return Deno.serve(
      { hostname, port, signal, onListen },
      (request, { remoteAddr }) => handler({ request, address: remoteAddr.hostname }),
    );
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Problem(`Port ${port} is in use: stop what listens there, or choose another with --port`);
    }
    throw new Problem(`Cannot listen on port ${port}: choose another with --port`, { cause: error });
  }
}

async function route(call: Call, to: Services): Promise<Response> {
  const { request } = call;
  const { pathname, search } = new URL(request.url);
  const [, area = "", version = ""] = pathname.split("/");
  if (version === "v1" && (area === "rest" || area === "auth")) {
    return await forward(call, to.rest.port(), pathname + search);
  }
  const { publicUrl, defaultServer } = to;
  const path = findFunctionPath(pathname, { atRoot: ownsOrigin(publicUrl), defaultServer });
  const name = path?.split("/")[1];
  const settings = to.settings.find((settings) => settings.name === name);
  if (path === undefined || settings === undefined) {
    return Response.json({ code: 404, message: "Not found" }, { status: 404 });
  }
  const refusal = settings.verifyJwt ? await refuseWithoutJwt(request, to.jwtSecret) : undefined;
  if (refusal !== undefined) {
    return refusal;
  }
  return await forward(call, to.functions.port(), path + search);
}
