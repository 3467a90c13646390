/**
 * A function worker inside the test: the real handlers over the real database, with what an attack changes.
 *
 * It serves at an address of its own, which is its public URL unless another is given.
 *
 * @module
 */

import { connectDatabase, type Database } from "../../../functions/_shared/database/database.ts";
import { connectDirectly, type DirectDatabase } from "../../../functions/_shared/database/direct_database.ts";
import { parseEncryptionKeys } from "../../../functions/_shared/secrets/encryption.ts";
import { buildSafeFetch, type Resolve } from "../../../functions/_shared/http/safe_fetch.ts";
import { parseSigningKeys } from "../../../functions/_shared/tokens/signing_keys.ts";
import type { Log } from "../../../functions/_shared/log.ts";
import { buildConnectUser, type ConnectUser } from "../../../functions/_shared/database/user_database.ts";
import type { Recorder } from "../../../functions/mcp/records/call_record.ts";
import { buildOpenExchange, type OpenExchange } from "../../../functions/mcp/records/exchange.ts";
import { buildOpenCalls } from "../../../functions/mcp/records/open_calls.ts";
import type { Dependencies } from "../functions/dependencies.ts";
import { buildEndpoints } from "../functions/endpoints.ts";
import type { Status } from "../../../supabase/local/stack_status.ts";
import { toDirectAccess } from "./door.ts";
import type { TestStack } from "./stack.ts";

/** What a worker is told by its environment. */
export interface WorkerConfiguration {
  publicUrl: string;
  /** The REST layer, or PostgreSQL itself: by default as the stack's own functions reach the database. */
  databaseUrl: string;
  /** JWKS, as `GATEPOST_SIGNING_KEYS` holds it. */
  signingKeys: string;
  /** JWKS, as `GATEPOST_ENCRYPTION_KEYS` holds it. */
  encryptionKeys: string;
  allowPrivateUpstreams: boolean;
}

/** What is different about a worker. */
export interface WorkerChanges {
  config?: Partial<WorkerConfiguration>;
  resolve?: Resolve;
  /** Fetches for the upstream leg. */
  fetch?: typeof fetch;
  now?: () => number;
  log?: Log;
  /** Takes what the gateway records; else nobody does. */
  recorder?: Recorder;
}

/** A running worker. */
export interface Worker extends AsyncDisposable {
  publicUrl: string;
  /** Hands a request to a function as the platform does, without the network. */
  handle: (request: Request) => Promise<Response>;
}

/** Starts a worker over the stack's database. */
export async function startWorker(stack: TestStack, changes: WorkerChanges = {}): Promise<Worker> {
  let handle: Worker["handle"] = () => Promise.resolve(new Response(null, { status: 503 }));
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, (request) => handle(request));
  const publicUrl = changes.config?.publicUrl ?? `http://127.0.0.1:${server.addr.port}/functions/v1`;
  const door = openDoor(stack.status, changes);
  const endpoints = await buildEndpoints(await buildDependencies(stack, publicUrl, door, changes));
  handle = async (request) => {
    const name = new URL(request.url).pathname.replace("/functions/v1", "").split("/")[1] ?? "";
    return await endpoints.get(name)?.(request) ?? new Response(null, { status: 404 });
  };
  return {
    publicUrl,
    handle: (request) => handle(request),
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
      await door.close();
    },
  };
}

/** The one door, over the REST layer or without it. */
function openDoor(
  { API_URL, FUNCTIONS_DB_URL, SECRET_KEY }: Status,
  { config: { databaseUrl = FUNCTIONS_DB_URL ?? API_URL } = {} }: WorkerChanges,
): DirectDatabase {
  if (databaseUrl.startsWith("postgresql:")) {
    return connectDirectly(toDirectAccess(databaseUrl));
  }
  const database = connectDatabase({ url: databaseUrl, key: SECRET_KEY });
  return { ...database, close: () => Promise.resolve() };
}

async function buildDependencies(
  { status, secrets }: TestStack,
  publicUrl: string,
  database: Database,
  changes: WorkerChanges,
): Promise<Dependencies & { connectUser: ConnectUser }> {
  const config = {
    publicUrl,
    ...secrets,
    allowPrivateUpstreams: true,
    ...changes.config,
  };
  return {
    publicUrl: config.publicUrl,
    consentUrl: undefined,
    allowPrivateUpstreams: config.allowPrivateUpstreams,
    database,
    connectUser: buildConnectUser({ url: status.API_URL, key: status.PUBLISHABLE_KEY }),
    signingKeys: await parseSigningKeys(config.signingKeys),
    encryptionKeys: parseEncryptionKeys(config.encryptionKeys),
    findSource: () => Promise.resolve(null),
    cleanUp: () => undefined,
    safeFetch: buildSafeFetch(config, changes.resolve, changes.fetch),
    now: changes.now ?? Date.now,
    log: changes.log ?? (() => undefined),
    openExchange: openExchanges(changes),
  };
}

function openExchanges({ recorder, now = Date.now }: WorkerChanges): OpenExchange {
  return buildOpenExchange({
    recorder: recorder ?? { add: () => undefined, lose: () => undefined },
    openCalls: buildOpenCalls(now),
    now,
  });
}
