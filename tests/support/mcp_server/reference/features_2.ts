/**
 * A server of the SDK's line 2 with every feature that a transport has to carry, in both of its eras.
 *
 * @module
 */

import { inputRequired, McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import * as z from "zod";
import { GREETING, largeText, type Sightings, text } from "./features.ts";

/** Builds the server. */
export function buildServer2(sightings: Sightings): McpServer {
  const server = new McpServer({ name: "reference-2", version: "1.0.0" }, { capabilities: { logging: {} } });
  server.registerTool("echo", { inputSchema: z.object({ value: z.string() }) }, ({ value }) => text(value));
  server.registerTool(
    "large",
    { inputSchema: z.object({ bytes: z.number() }) },
    ({ bytes }) => text(largeText(bytes)),
  );
  server.registerTool("count", { inputSchema: z.object({ to: z.number() }) }, async ({ to }, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (let progress = 1; progress <= to; progress++) {
      await mcpReq.log("info", `at ${progress}`);
      if (progressToken !== undefined) {
        const params = { progressToken, progress, total: to };
        await mcpReq.notify({ method: "notifications/progress", params });
      }
    }
    return text(`counted to ${to}`);
  });
  server.registerTool(
    "wait",
    { inputSchema: z.object({ name: z.string() }) },
    async ({ name }, { mcpReq }) => {
      await sightings.wait(name, mcpReq.signal);
      return text("never");
    },
  );
  server.registerTool(
    "ask",
    { inputSchema: z.object({ question: z.string() }) },
    ({ question }, { mcpReq }) => {
      const answer = mcpReq.inputResponses?.["answer"] as { content: unknown } | undefined;
      return answer ? text(`the model says ${JSON.stringify(answer.content)}`) : inputRequired({
        inputRequests: {
          answer: inputRequired.createMessage({
            messages: [{ role: "user", content: { type: "text", text: question } }],
            maxTokens: 10,
          }),
        },
      });
    },
  );
  server.registerTool("confirm", { inputSchema: z.object({}) }, (_, { mcpReq }) => {
    const answer = mcpReq.inputResponses?.["sure"] as { action: string; content: unknown } | undefined;
    return answer
      ? text(`the person says ${answer.action} ${JSON.stringify(answer.content)}`)
      : inputRequired({
        inputRequests: {
          sure: inputRequired.elicit({
            message: "Sure?",
            requestedSchema: {
              type: "object",
              properties: { sure: { type: "boolean" } },
              required: ["sure"],
            },
          }),
        },
      });
  });
  server.registerTool("announce", { inputSchema: z.object({}) }, async () => {
    await server.server.sendResourceListChanged();
    return text("announced");
  });
  server.registerResource("greeting", GREETING.uri, {}, () => ({ contents: [GREETING] }));
  server.registerResource(
    "person",
    new ResourceTemplate("test://people/{id}", { list: undefined }),
    {},
    (uri, { id }) => ({ contents: [{ uri: uri.href, text: `person ${id}` }] }),
  );
  server.registerPrompt("greet", { argsSchema: z.object({ name: z.string() }) }, ({ name }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Greet ${name}` } }],
  }));
  return server;
}
