/**
 * The clients of both lines of the official SDK behind one interface, with every byte that they are answered kept.
 *
 * @module
 */

import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from "@modelcontextprotocol/client";

/** Which client. */
export type ClientKind = "SDK 1" | "SDK 2 in 2025-11-25" | "SDK 2 in 2026-07-28";

/** What is done with a client. */
export interface ReferenceClient {
  version: () => string | undefined;
  serverName: () => string | undefined;
  listTools: () => Promise<unknown>;
  listResources: () => Promise<unknown>;
  readResource: (uri: string) => Promise<unknown>;
  getPrompt: (name: string, args: Record<string, string>) => Promise<unknown>;
  callTool: (
    name: string,
    args: Record<string, unknown>,
    options?: { signal?: AbortSignal; onprogress?: (progress: unknown) => void },
  ) => Promise<unknown>;
  /** The log messages so far. */
  messages: unknown[];
  /** Resolves when the client has heard that the list of resources changed. */
  listChanged: Promise<void>;
  terminate: () => Promise<void>;
  close: () => Promise<void>;
}

/** Everything that came over the wire. */
export interface Recording {
  fetch: typeof fetch;
  /** Headers and bodies of all answers. */
  received: () => string;
  /** `GET 200` and the like. */
  requests: string[];
  /** Resolves when a stream of the server's own messages is open. */
  streaming: Promise<void>;
}

const SAMPLE = { model: "test", role: "assistant", content: { type: "text", text: "42" } } as const;
const DECISION = { action: "accept", content: { sure: true } } as const;

/** A fetch that keeps what is answered, as it comes. */
export function record(): Recording {
  const requests: string[] = [];
  const parts: string[] = [];
  const streaming = Promise.withResolvers<void>();
  return {
    requests,
    streaming: streaming.promise,
    received: () => parts.join(""),
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const method = init?.method ?? "GET";
      requests.push(`${method} ${response.status}`);
      parts.push(JSON.stringify([...response.headers]));
      if (method === "GET" && response.ok) {
        streaming.resolve();
      }
      const decoder = new TextDecoder();
      const body = response.body?.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller): void {
            parts.push(decoder.decode(chunk, { stream: true }));
            controller.enqueue(chunk);
          },
        }),
      );
      return new Response(body ?? null, response);
    },
  };
}

/** Connects a client. */
export async function connectClient(
  kind: ClientKind,
  url: string,
  accessToken: string | undefined,
  recording: Recording,
): Promise<ReferenceClient> {
  const headers = accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` };
  const options = { fetch: recording.fetch, requestInit: { headers } };
  return kind === "SDK 1" ? await connect1(url, options) : await connect2(kind, url, options);
}

type Options = { fetch: typeof fetch; requestInit: RequestInit };

async function connect1(url: string, options: Options): Promise<ReferenceClient> {
  const messages: unknown[] = [];
  const changed = Promise.withResolvers<void>();
  const client = new Client1({ name: "reference", version: "1.0.0" }, {
    capabilities: { sampling: {}, elicitation: {} },
  });
  client.setRequestHandler(CreateMessageRequestSchema, () => SAMPLE);
  client.setRequestHandler(ElicitRequestSchema, () => DECISION);
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }: { params: unknown }) => void messages.push(params),
  );
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => changed.resolve());
  const transport = new Transport1(new URL(url), options);
  await client.connect(transport as Parameters<Client1["connect"]>[0]);
  return {
    messages,
    listChanged: changed.promise,
    version: () => transport.protocolVersion,
    serverName: () => client.getServerVersion()?.name,
    listTools: () => client.listTools(),
    listResources: () => client.listResources(),
    readResource: (uri) => client.readResource({ uri }),
    getPrompt: (name, args) => client.getPrompt({ name, arguments: args }),
    callTool: (name, args, callOptions) => client.callTool({ name, arguments: args }, undefined, callOptions),
    terminate: () => transport.terminateSession(),
    close: () => client.close(),
  };
}

async function connect2(kind: ClientKind, url: string, options: Options): Promise<ReferenceClient> {
  const messages: unknown[] = [];
  const changed = Promise.withResolvers<void>();
  const client = new Client2({ name: "reference", version: "1.0.0" }, {
    capabilities: { sampling: {}, elicitation: {} },
    versionNegotiation: { mode: kind === "SDK 2 in 2026-07-28" ? { pin: "2026-07-28" } : "legacy" },
  });
  client.setRequestHandler("sampling/createMessage", () => SAMPLE);
  client.setRequestHandler("elicitation/create", () => DECISION);
  client.setNotificationHandler("notifications/message", ({ params }) => void messages.push(params));
  client.setNotificationHandler("notifications/resources/list_changed", () => changed.resolve());
  const transport = new Transport2(new URL(url), options);
  await client.connect(transport);
  return {
    messages,
    listChanged: changed.promise,
    version: () => client.getNegotiatedProtocolVersion(),
    serverName: () => client.getServerVersion()?.name,
    listTools: () => client.listTools(),
    listResources: () => client.listResources(),
    readResource: (uri) => client.readResource({ uri }),
    getPrompt: (name, args) => client.getPrompt({ name, arguments: args }),
    callTool: (name, args, callOptions) => client.callTool({ name, arguments: args }, callOptions),
    terminate: () => transport.terminateSession(),
    close: () => client.close(),
  };
}
