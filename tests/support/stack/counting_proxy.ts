/**
 * Stands between the functions and the database, and counts the SQL functions they call.
 *
 * @module
 */

import { testsDirectly } from "./door.ts";
import { startPostgresProxy } from "./postgres_proxy.ts";
import type { TestStack } from "./stack.ts";

/** A proxy that listens before the stack does, so that the stack can be told of it. */
export interface CountingProxy {
  /** The functions' variables by which they reach the database through the proxy. */
  env: Record<string, string>;
  /** Calls so far, in order, by SQL name. */
  calls: string[];
  /** Says what the proxy stands before, once it runs. */
  forwardTo(stack: TestStack): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the proxy on a free port, before the REST layer or before PostgreSQL. */
export function startCountingProxy(): CountingProxy {
  return testsDirectly() ? countStatements() : countRequests();
}

function countStatements(): CountingProxy {
  const proxy = startPostgresProxy();
  const password = crypto.randomUUID();
  const login = { username: "gatepost_functions", password, pathname: "/postgres" };
  return {
    env: { GATEPOST_DATABASE_URL: Object.assign(new URL(proxy.url), login).href },
    calls: proxy.calls,
    async forwardTo({ adminUrl, sql }): Promise<void> {
      proxy.forwardTo(adminUrl);
      await sql.unsafe(`alter role gatepost_functions password '${password}'`);
    },
    stop: () => Promise.resolve(proxy[Symbol.asyncDispose]()),
  };
}

function countRequests(): CountingProxy {
  const calls: string[] = [];
  let target: string | undefined;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      calls.push(pathname.replace("/rest/v1/rpc/", ""));
      const { method, headers, body } = request;
      const response = await fetch(target + pathname + search, { method, headers, body });
      return new Response(response.body, response);
    },
  );
  return {
    env: { SUPABASE_URL: `http://127.0.0.1:${server.addr.port}` },
    calls,
    forwardTo({ status }): Promise<void> {
      target = status.API_URL;
      return Promise.resolve();
    },
    stop: () => server.shutdown(),
  };
}
