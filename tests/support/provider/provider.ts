/**
 * A provider that does as a test tells it: any shape, any fault, any forgery.
 *
 * It counts what it is asked, and keeps every request for the test to look at.
 * `startProvider` serves it on a free port of the loopback interface; where a
 * test needs no socket, its `handle` takes the place of `fetch`.
 *
 * @module
 */

import { answer, type Provider } from "./endpoints.ts";
import { answerWithFault } from "./faults.ts";
import { rememberGrants, type SecretKind } from "./grants.ts";
import { makeProviderKeys, type ProviderKeys } from "./id_token.ts";
import type { Endpoint, Program } from "./program.ts";
import { type Shape, type ShapeName, SHAPES } from "./shapes.ts";

/** A request as the provider received it: query and form together. */
export interface ReceivedRequest {
  /** `nowhere` is an address at which it has nothing. */
  endpoint: Endpoint | "nowhere";
  url: string;
  method: string;
  parameters: URLSearchParams;
  headers: Headers;
}

/** A running provider. */
export interface ProgrammableProvider extends AsyncDisposable {
  issuer: string;
  shape: Shape;
  clientId: string;
  /** Empty for a client that has none. */
  clientSecret: string;
  /** The URL of an endpoint. */
  url: (endpoint: Endpoint) => string;
  /** Changes what the provider does from now on. */
  program: (changes: Partial<Program>) => void;
  /** Every request so far, or those of one endpoint. */
  requests: (endpoint?: Endpoint) => ReceivedRequest[];
  /** The members of every token answer so far. */
  issued: Record<string, unknown>[];
  /** How many bytes of huge answers were taken from it. */
  hugeBytes: () => number;
}

/** Where a provider stands, and who Gatepost is to it. */
export interface Standing {
  /** What the issuer begins with. */
  origin: string;
  keys: ProviderKeys;
  clientId?: string;
  clientSecret?: string;
  /** Makes up codes and tokens. */
  makeSecret?: (kind: SecretKind) => string;
}

/** Starts a provider of a shape, by its name or as it is, on a free port. */
export async function startProvider(
  shape: ShapeName | Shape = "openid",
  program: Partial<Program> = {},
): Promise<ProgrammableProvider> {
  const keys = await makeProviderKeys();
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(
    { ...listening, onError: () => new Response(null, { status: 500 }) },
    (request) => provider.handle(request),
  );
  // Ports come back; an issuer must not, for those who know one remember its metadata and keys.
  const origin = `http://127.0.0.1:${server.addr.port}/${crypto.randomUUID().slice(0, 13)}`;
  const provider = buildProvider(shape, program, { origin, keys });
  const stopAnswering = provider[Symbol.asyncDispose];
  return Object.assign(provider, {
    async [Symbol.asyncDispose](): Promise<void> {
      await stopAnswering();
      abort.abort();
      await server.finished;
    },
  });
}

/** Builds a provider of a shape, which nobody reaches but through its `handle`. */
export function buildProvider(
  named: ShapeName | Shape,
  program: Partial<Program>,
  standing: Standing,
): Provider {
  const shape = typeof named === "string" ? SHAPES[named] : named;
  const received: ReceivedRequest[] = [];
  let bytes = 0;
  const abort = new AbortController();
  const { origin, makeSecret = makeUp } = standing;
  const base = `${origin}${shape.issuerPath}`.replace(/\/$/, "");
  const provider: Provider = {
    issuer: `${origin}${shape.issuerPath}`,
    shape,
    clientId: standing.clientId ?? "gatepost-at-provider",
    clientSecret: standing.clientSecret ?? `provider-secret-${crypto.randomUUID()}`,
    url: (endpoint) => `${base}${shape.paths[endpoint]}`,
    program: (changes) => Object.assign(provider.current, changes),
    requests: (endpoint) =>
      received.filter((request) => endpoint === undefined || request.endpoint === endpoint),
    issued: [],
    hugeBytes: () => bytes,
    [Symbol.asyncDispose]: () => Promise.resolve(abort.abort()),
    keys: standing.keys,
    grants: rememberGrants(makeSecret),
    current: {
      person: { sub: "1001", email: "ada@example.com", email_verified: true, name: "Ada" },
      people: {},
      refresh: "rotating",
      faults: {},
      answers: {},
      delays: {},
      forgery: undefined,
      userinfo: {},
      metadata: {},
      callback: {},
      expiresIn: undefined,
      tokens: {},
      answerTokens: undefined,
      answerUserinfo: undefined,
      publishKeys: undefined,
      idTokenKey: undefined,
      idTokenClaims: {},
      idTokenHeader: {},
      now: Date.now,
      ...program,
    },
    async handle(request): Promise<Response> {
      const endpoint = findEndpoint(request, provider);
      const known = await readRequest(endpoint ?? "nowhere", request);
      received.push(known);
      if (endpoint === undefined) {
        return Response.json({ error: "not_found" }, { status: 404 });
      }
      const delay = provider.current.delays[endpoint];
      if (delay !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
      const fault = provider.current.faults[endpoint];
      if (fault) {
        return await Promise.race([answerWithFault(fault, (count) => bytes += count), stopped(abort.signal)]);
      }
      const response =
        await (provider.current.answers[endpoint]?.(known) ?? answer(endpoint, known, provider));
      if (provider.current.now === Date.now) {
        return response;
      }
      const headers = new Headers(response.headers);
      headers.set("Date", new Date(provider.current.now()).toUTCString());
      return new Response(response.body, { status: response.status, headers });
    },
  };
  return provider;
}

function makeUp(kind: SecretKind): string {
  return `upstream-${kind}-${crypto.randomUUID()}`;
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

async function readRequest(
  endpoint: ReceivedRequest["endpoint"],
  request: Request,
): Promise<ReceivedRequest> {
  const { url, method, headers } = request;
  const form = method === "POST" ? new URLSearchParams(await request.text()) : [];
  const parameters = new URLSearchParams([...new URL(url).searchParams, ...form]);
  return { endpoint, url, method, parameters, headers };
}

/** Lets an answer that hangs go when the provider stops. */
function stopped(signal: AbortSignal): Promise<Response> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(new Response(null, { status: 503 })))
  );
}
