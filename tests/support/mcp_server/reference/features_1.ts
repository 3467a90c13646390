/**
 * A server of the SDK's line 1 with every feature that a transport has to carry.
 *
 * @module
 */

import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import * as z from "zod";
import { GREETING, largeText, type Sightings, text } from "./features.ts";

/** What a handler is given beside its arguments. The SDK's own types are not found under its file names. */
interface Extra {
  signal: AbortSignal;
  _meta?: { progressToken?: string | number };
  sendNotification: (notification: { method: string; params: Record<string, unknown> }) => Promise<void>;
}

/** Builds the server. */
export function buildServer1(sightings: Sightings): McpServer {
  const server = new McpServer(
    { name: "reference-1", version: "1.0.0" },
    { capabilities: { logging: {}, resources: { subscribe: true } } },
  );
  server.registerTool(
    "echo",
    { inputSchema: { value: z.string() } },
    ({ value }: { value: string }) => text(value),
  );
  server.registerTool(
    "large",
    { inputSchema: { bytes: z.number() } },
    ({ bytes }: { bytes: number }) => text(largeText(bytes)),
  );
  server.registerTool(
    "count",
    { inputSchema: { to: z.number() } },
    async ({ to }: { to: number }, extra: Extra) => {
      const progressToken = extra._meta?.progressToken;
      for (let progress = 1; progress <= to; progress++) {
        await extra.sendNotification({
          method: "notifications/message",
          params: { level: "info", data: `at ${progress}` },
        });
        if (progressToken !== undefined) {
          const params = { progressToken, progress, total: to };
          await extra.sendNotification({ method: "notifications/progress", params });
        }
      }
      return text(`counted to ${to}`);
    },
  );
  server.registerTool(
    "wait",
    { inputSchema: { name: z.string() } },
    async ({ name }: { name: string }, { signal }: Extra) => {
      await sightings.wait(name, signal);
      return text("never");
    },
  );
  server.registerTool(
    "ask",
    { inputSchema: { question: z.string() } },
    async ({ question }: { question: string }) => {
      const { content } = await server.server.createMessage({
        messages: [{ role: "user", content: { type: "text", text: question } }],
        maxTokens: 10,
      });
      return text(`the model says ${JSON.stringify(content)}`);
    },
  );
  server.registerTool("confirm", { inputSchema: {} }, async () => {
    const { action, content } = await server.server.elicitInput({
      message: "Sure?",
      requestedSchema: { type: "object", properties: { sure: { type: "boolean" } }, required: ["sure"] },
    });
    return text(`the person says ${action} ${JSON.stringify(content)}`);
  });
  server.registerTool("announce", { inputSchema: {} }, async () => {
    await server.server.sendResourceListChanged();
    return text("announced");
  });
  server.registerResource("greeting", GREETING.uri, {}, () => ({ contents: [GREETING] }));
  server.registerResource(
    "person",
    new ResourceTemplate("test://people/{id}", { list: undefined }),
    {},
    (uri: URL, { id }: { id: string }) => ({ contents: [{ uri: uri.href, text: `person ${id}` }] }),
  );
  server.registerPrompt("greet", { argsSchema: { name: z.string() } }, ({ name }: { name: string }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Greet ${name}` } }],
  }));
  return server;
}
