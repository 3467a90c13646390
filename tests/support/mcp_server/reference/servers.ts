/**
 * Reference MCP servers made with both lines of the official SDK, stateful and stateless.
 *
 * @module
 */

import { WebStandardStreamableHTTPServerTransport as Transport1 } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import {
  createMcpHandler,
  WebStandardStreamableHTTPServerTransport as Transport2,
} from "@modelcontextprotocol/server";
import { type Sightings, watchCalls } from "./features.ts";
import { buildServer1 } from "./features_1.ts";
import { buildServer2 } from "./features_2.ts";
import { serveSessions, type SessionTransport } from "./sessions.ts";

/** Which server. */
export type ReferenceKind = "SDK 1, stateful" | "SDK 2, stateful" | "SDK 2, stateless";

/** A running reference server. */
export interface ReferenceServer extends AsyncDisposable {
  url: string;
  sightings: Sightings;
  /** The upstream tokens that arrived. */
  bearers: Set<string>;
  /** What the gateway said of who calls. */
  identities: Set<string>;
  /** How many sessions are open. */
  countSessions: () => number;
}

/** Starts one on a free port of the loopback interface. */
export function startReferenceServer(kind: ReferenceKind): ReferenceServer {
  const sightings = watchCalls();
  const bearers = new Set<string>();
  const identities = new Set<string>();
  const { answer, countSessions } = BUILDERS[kind](sightings);
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => {
    bearers.add((request.headers.get("Authorization") ?? "").replace(/^Bearer /, ""));
    identities.add(request.headers.get("Gatepost-User") ?? "");
    return await answer(request);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/mcp`,
    sightings,
    bearers,
    identities,
    countSessions,
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

interface Built {
  answer: (request: Request) => Promise<Response>;
  countSessions: () => number;
}

const BUILDERS: Record<ReferenceKind, (sightings: Sightings) => Built> = {
  "SDK 1, stateful": (sightings) => {
    const endpoint = serveSessions(async (opened, closed) => {
      const transport: SessionTransport = new Transport1({
        sessionIdGenerator: () => crypto.randomUUID(),
        onsessioninitialized: (id: string) => opened(id, transport),
        onsessionclosed: closed,
      });
      await buildServer1(sightings).connect(transport);
      return transport;
    });
    return { answer: endpoint.fetch, countSessions: () => endpoint.sessions.size };
  },
  "SDK 2, stateful": (sightings) => {
    const endpoint = serveSessions(async (opened, closed) => {
      const transport: Transport2 = new Transport2({
        sessionIdGenerator: () => crypto.randomUUID(),
        onsessioninitialized: (id: string) => opened(id, transport),
        onsessionclosed: closed,
      });
      await buildServer2(sightings).connect(transport);
      return transport;
    });
    return { answer: endpoint.fetch, countSessions: () => endpoint.sessions.size };
  },
  "SDK 2, stateless": (sightings) => {
    const handler = createMcpHandler(() => buildServer2(sightings));
    return { answer: (request) => handler.fetch(request), countSessions: () => 0 };
  },
};
