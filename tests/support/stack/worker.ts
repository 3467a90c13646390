/**
 * A function worker inside the test: the real handlers over the real database, with what an attack changes.
 *
 * It serves at an address of its own, which is its public URL unless another is given.
 *
 * @module
 */

import { connectDatabase } from "../../../functions/_shared/database/database.ts";
import { parseEncryptionKeys } from "../../../functions/_shared/secrets/encryption.ts";
import { buildSafeFetch, type Resolve } from "../../../functions/_shared/http/safe_fetch.ts";
import { parseSigningKeys } from "../../../functions/_shared/tokens/signing_keys.ts";
import type { Log } from "../../../functions/_shared/log.ts";
import { buildConnectUser, type ConnectUser } from "../../../functions/_shared/database/user_database.ts";
import type { Dependencies } from "../functions/dependencies.ts";
import { buildEndpoints } from "../functions/endpoints.ts";
import type { TestStack } from "./stack.ts";

/** What a worker is told by its environment. */
export interface WorkerConfiguration {
  publicUrl: string;
  supabaseUrl: string;
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
  const endpoints = await buildEndpoints(await buildDependencies(stack, publicUrl, changes));
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
    },
  };
}

async function buildDependencies(
  { status, secrets }: TestStack,
  publicUrl: string,
  changes: WorkerChanges,
): Promise<Dependencies & { connectUser: ConnectUser }> {
  const config = {
    publicUrl,
    supabaseUrl: status.API_URL,
    ...secrets,
    allowPrivateUpstreams: true,
    ...changes.config,
  };
  return {
    publicUrl: config.publicUrl,
    consentUrl: undefined,
    allowPrivateUpstreams: config.allowPrivateUpstreams,
    database: connectDatabase({ url: config.supabaseUrl, key: status.SECRET_KEY }),
    connectUser: buildConnectUser({ url: config.supabaseUrl, key: status.PUBLISHABLE_KEY }),
    signingKeys: await parseSigningKeys(config.signingKeys),
    encryptionKeys: parseEncryptionKeys(config.encryptionKeys),
    findSource: () => Promise.resolve(null),
    cleanUp: () => undefined,
    safeFetch: buildSafeFetch(config, changes.resolve, changes.fetch),
    now: changes.now ?? Date.now,
    log: changes.log ?? (() => undefined),
  };
}
