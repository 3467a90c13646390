/**
 * A function worker inside the test: the real handlers over the real database, with what an attack changes.
 *
 * It serves at an address of its own, which is its public URL unless another is given.
 *
 * @module
 */

import { callbackEndpoint } from "../../../functions/oauth-callback/handler.ts";
import { type Config, readConfig } from "../../../functions/_shared/config.ts";
import { connectDatabase } from "../../../functions/_shared/database/database.ts";
import type { Dependencies } from "../../../functions/_shared/dependencies.ts";
import { parseEncryptionKeys } from "../../../functions/_shared/secrets/encryption.ts";
import { buildSafeFetch, type Resolve } from "../../../functions/_shared/http/safe_fetch.ts";
import { parseSigningKeys } from "../../../functions/_shared/tokens/signing.ts";
import { authorizationEndpoint } from "../../../functions/oauth-authorize/handler.ts";
import { introspectionEndpoint } from "../../../functions/oauth-introspect/handler.ts";
import { jwksEndpoint } from "../../../functions/oauth-jwks/handler.ts";
import { registrationEndpoint } from "../../../functions/oauth-register/handler.ts";
import { revocationEndpoint } from "../../../functions/oauth-revoke/handler.ts";
import { tokenEndpoint } from "../../../functions/oauth-token/handler.ts";
import { userinfoEndpoint } from "../../../functions/oauth-userinfo/handler.ts";
import { discoveryEndpoint } from "../../../functions/oauth/handler.ts";
import { gatewayEndpoint } from "../../../functions/mcp/handler.ts";
import type { AttackedStack } from "./shared_stack.ts";

/** What is different about a worker. */
export interface WorkerChanges {
  config?: Partial<Config>;
  resolve?: Resolve;
  /** Fetches for the upstream leg. */
  fetch?: typeof fetch;
  now?: () => number;
}

/** A running worker. */
export interface Worker extends AsyncDisposable {
  publicUrl: string;
  /** Hands a request to a function as the platform does, without the network. */
  handle: (request: Request) => Promise<Response>;
}

/** Starts a worker over the stack's database. */
export async function startWorker(stack: AttackedStack, changes: WorkerChanges = {}): Promise<Worker> {
  let handle: Worker["handle"] = () => Promise.resolve(new Response(null, { status: 503 }));
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, (request) => handle(request));
  const publicUrl = changes.config?.publicUrl ?? `http://127.0.0.1:${server.addr.port}/functions/v1`;
  const handlers = mountFunctions(await buildDependencies(stack, publicUrl, changes));
  handle = async (request) => {
    const name = new URL(request.url).pathname.replace("/functions/v1", "").split("/")[1] ?? "";
    return await handlers[name]?.(request) ?? new Response(null, { status: 404 });
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
  { status, secrets }: AttackedStack,
  publicUrl: string,
  changes: WorkerChanges,
): Promise<Dependencies> {
  const variables: Record<string, string> = {
    GATEPOST_PUBLIC_URL: publicUrl,
    SUPABASE_URL: status.API_URL,
    SUPABASE_SERVICE_ROLE_KEY: status.SECRET_KEY,
    SUPABASE_ANON_KEY: status.PUBLISHABLE_KEY,
    GATEPOST_SIGNING_KEYS: secrets.signingKeys,
    GATEPOST_ENCRYPTION_KEYS: secrets.encryptionKeys,
    GATEPOST_ALLOW_PRIVATE_UPSTREAMS: "true",
  };
  const config = { ...readConfig((name) => variables[name]), ...changes.config };
  return {
    config,
    database: connectDatabase(config),
    signingKeys: await parseSigningKeys(config.signingKeys),
    encryptionKeys: parseEncryptionKeys(config.encryptionKeys),
    safeFetch: buildSafeFetch(config, changes.resolve, changes.fetch),
    now: changes.now ?? Date.now,
    log: () => undefined,
  };
}

function mountFunctions(dependencies: Dependencies): Record<string, (request: Request) => Promise<Response>> {
  return {
    "mcp": gatewayEndpoint(dependencies),
    "oauth": discoveryEndpoint(dependencies),
    "oauth-authorize": authorizationEndpoint(dependencies),
    "oauth-callback": callbackEndpoint(dependencies),
    "oauth-introspect": introspectionEndpoint(dependencies),
    "oauth-jwks": jwksEndpoint(dependencies),
    "oauth-register": registrationEndpoint(dependencies),
    "oauth-revoke": revocationEndpoint(dependencies),
    "oauth-token": tokenEndpoint(dependencies),
    "oauth-userinfo": userinfoEndpoint(dependencies),
  };
}
