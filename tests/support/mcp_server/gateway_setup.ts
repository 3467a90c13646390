/**
 * An MCP server of one answer, over real HTTP on loopback, and the gateway before it.
 *
 * @module
 */

import { sealSecret, upstreamTokenOf } from "../../../functions/_shared/secrets/encryption.ts";
import { type AccessTokenClaims, issueAccessToken } from "../../../functions/_shared/tokens/signing.ts";
import type { McpServer } from "../../../functions/_shared/database/rows.ts";
import { buildGatewayEndpoint } from "../../../functions/mcp/handler.ts";
import {
  buildDependencies,
  encryptionKeys,
  signingKeys,
  type TestDependencies,
} from "../functions/dependencies.ts";
import type { Answers } from "../database/fake_database.ts";
import { buildOpenCall, buildServer, ISSUER, RESOURCE } from "../database/records.ts";

/** A request as the MCP server received it. */
export interface ReceivedCall {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** The gateway before a running MCP server. */
export interface Gateway {
  handle: (request: Request) => Promise<Response>;
  dependencies: TestDependencies;
  received: ReceivedCall[];
  /** The MCP server's own URL. */
  url: string;
}

/** Runs a step with the gateway before an MCP server that answers this. */
export async function withGateway(
  answer: (request: Request, round: number) => Response | Promise<Response>,
  step: (gateway: Gateway) => Promise<void>,
  { server = {}, answers = {}, query = "" }: {
    server?: Partial<McpServer>;
    answers?: Answers;
    /** Of the MCP server's own URL. */
    query?: string;
  } = {},
): Promise<void> {
  const received: ReceivedCall[] = [];
  const running = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const call = {
      method: request.method,
      path: new URL(request.url).pathname + new URL(request.url).search,
      headers: Object.fromEntries(request.headers),
      body: "",
    };
    received.push(call);
    const response = await answer(request, received.length);
    call.body = request.bodyUsed ? "" : await request.text();
    return response;
  });
  const url = `http://127.0.0.1:${running.addr.port}/mcp${query}`;
  const dependencies = buildDependencies({
    find_mcp_server: { outcome: "found", server: buildServer({ upstream_url: url, ...server }) },
    open_mcp_call: buildOpenCall({
      access_token_ciphertext: await sealUpstreamToken("upstream-access-token"),
    }),
    ...answers,
  }, { allowPrivateUpstreams: true });
  try {
    await step({ handle: buildGatewayEndpoint(dependencies), dependencies, received, url });
  } finally {
    await running.shutdown();
  }
}

/** An upstream token as it stands in the vault. */
export async function sealUpstreamToken(token: string): Promise<string> {
  return await sealSecret(token, upstreamTokenOf("org_1", "uoat_1"), encryptionKeys);
}

/** A valid access token of a family that no other test has. */
export async function issueGatewayToken(
  changes: Partial<AccessTokenClaims> = {},
  seconds = 60,
): Promise<string> {
  return await issueAccessToken(
    {
      issuer: ISSUER,
      audience: RESOURCE,
      subject: "mcpu_abcdefghijkl",
      clientId: "client-1",
      scope: "openid email",
      familyId: crypto.randomUUID(),
      ...changes,
    },
    seconds,
    signingKeys,
  );
}

/** A call of a tool, with a token. */
export function callRequest(token: string | undefined, init: RequestInit = {}): Request {
  const headers = new Headers(init.headers);
  if (token !== undefined) {
    headers.set("Authorization", `Bearer ${token}`);
  }
  const request = new Request("http://edge/mcp/demo", { method: "POST", body: "{}", ...init, headers });
  return request;
}

/** An answer of two events, of which the second is sent when the first was read. */
export function holdSecondEvent(): { events: () => Response; readFirst: () => void } {
  const { promise: firstWasRead, resolve: readFirst } = Promise.withResolvers<void>();
  const encoder = new TextEncoder();
  const events = (): Response =>
    new Response(
      new ReadableStream<Uint8Array>({
        async start(controller): Promise<void> {
          controller.enqueue(encoder.encode("data: 1\n\n"));
          await firstWasRead;
          controller.enqueue(encoder.encode("data: 2\n\n"));
          controller.close();
        },
      }),
      { headers: { "Content-Type": "text/event-stream" } },
    );
  return { events, readFirst };
}
