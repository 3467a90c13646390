/**
 * A provider that does as a test tells it: any shape, any fault, any forgery.
 *
 * It runs in the test's own process on a free port of the loopback interface,
 * counts what it is asked, and keeps every request for the test to look at.
 *
 * @module
 */

import { answer, type Provider } from "./endpoints.ts";
import { answerWithFault } from "./faults.ts";
import { rememberGrants } from "./grants.ts";
import { makeProviderKeys } from "./id_token.ts";
import type { Endpoint, Program } from "./program.ts";
import { type Shape, type ShapeName, SHAPES } from "./shapes.ts";

/** A request as the provider received it: query and form together. */
export interface ReceivedRequest {
  endpoint: Endpoint;
  method: string;
  parameters: URLSearchParams;
  headers: Headers;
}

/** A running provider. */
export interface ProgrammableProvider extends AsyncDisposable {
  issuer: string;
  shape: Shape;
  clientId: string;
  clientSecret: string;
  /** The URL of an endpoint. */
  url: (endpoint: Endpoint) => string;
  /** Changes what the provider does from now on. */
  program: (changes: Partial<Program>) => void;
  /** Every request so far, or those of one endpoint. */
  requests: (endpoint?: Endpoint) => ReceivedRequest[];
  /** How many bytes of huge answers were taken from it. */
  hugeBytes: () => number;
}

/** Starts a provider of a shape, by its name or as it is. */
export async function startProvider(
  named: ShapeName | Shape = "openid",
  program: Partial<Program> = {},
): Promise<ProgrammableProvider> {
  const shape = typeof named === "string" ? SHAPES[named] : named;
  const received: ReceivedRequest[] = [];
  let bytes = 0;
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(
    { ...listening, onError: () => new Response(null, { status: 500 }) },
    async (request) => {
      const endpoint = findEndpoint(request, provider);
      if (!endpoint) {
        return Response.json({ error: "not_found" }, { status: 404 });
      }
      const known = await readRequest(endpoint, request);
      received.push(known);
      await new Promise((resolve) => setTimeout(resolve, provider.current.delays[endpoint] ?? 0));
      const fault = provider.current.faults[endpoint];
      if (fault) {
        return await Promise.race([answerWithFault(fault, (count) => bytes += count), stopped(abort.signal)]);
      }
      return await answer(known, provider);
    },
  );

  // Ports come back; an issuer must not, for those who know one remember its metadata and keys.
  const origin = `http://127.0.0.1:${server.addr.port}/${crypto.randomUUID().slice(0, 13)}`;
  const base = `${origin}${shape.issuerPath}`.replace(/\/$/, "");
  const provider: Provider = {
    issuer: `${origin}${shape.issuerPath}`,
    shape,
    clientId: "gatepost-at-provider",
    clientSecret: `provider-secret-${crypto.randomUUID()}`,
    url: (endpoint) => `${base}${shape.paths[endpoint]}`,
    program: (changes) => Object.assign(provider.current, changes),
    requests: (endpoint) =>
      received.filter((request) => endpoint === undefined || request.endpoint === endpoint),
    hugeBytes: () => bytes,
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
    keys: await makeProviderKeys(),
    grants: rememberGrants(),
    current: {
      person: { sub: "1001", email: "ada@example.com", email_verified: true, name: "Ada" },
      people: {},
      refresh: "rotating",
      faults: {},
      delays: {},
      forgery: undefined,
      userinfoSub: undefined,
      metadata: {},
      callbackIss: undefined,
      expiresIn: undefined,
      answerTokens: undefined,
      answerUserinfo: undefined,
      publishKeys: undefined,
      idTokenClaims: {},
      idTokenHeader: {},
      ...program,
    },
  };
  return provider;
}

function findEndpoint(request: Request, { url }: Provider): Endpoint | undefined {
  const { origin, pathname } = new URL(request.url);
  const endpoints = Object.keys(SHAPES.openid.paths) as Endpoint[];
  return endpoints.find((endpoint) =>
    url(endpoint) === `${origin}${pathname}` ||
    // RFC 8414 puts the issuer's path behind the well-known one.
    endpoint === "oauth_metadata" && pathname.startsWith(SHAPES.openid.paths.oauth_metadata)
  );
}

async function readRequest(endpoint: Endpoint, request: Request): Promise<ReceivedRequest> {
  const { searchParams } = new URL(request.url);
  const form = request.method === "POST" ? new URLSearchParams(await request.text()) : [];
  const parameters = new URLSearchParams([...searchParams, ...form]);
  return { endpoint, method: request.method, parameters, headers: request.headers };
}

/** Lets an answer that hangs go when the provider stops. */
function stopped(signal: AbortSignal): Promise<Response> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(new Response(null, { status: 503 })))
  );
}
