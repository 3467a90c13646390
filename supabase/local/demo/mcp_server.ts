/**
 * The demo MCP server, behind the gateway: tools `add` and `whoami`.
 *
 * It serves the stateless transport of 2026-07-28 and the classic one. A call
 * that does not come through the gateway gets 401.
 *
 * @module
 */

import { type AuthInfo, createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import * as z from "zod";
import { demoIssuer } from "./demo_service.ts";
import { buildGatepostUserCheck, type GatepostUserOptions } from "./gatepost_user.ts";

/** Where the server is, and where its callers have their accounts. */
export interface McpServerOptions extends GatepostUserOptions {
  providerPort: number;
}

/** Serves the MCP server on its port. */
export function startMcpServer(options: McpServerOptions): Deno.HttpServer {
  const check = buildGatepostUserCheck(options);
  const issuer = demoIssuer(options.providerPort);
  const handler = createMcpHandler(({ authInfo }) => buildServer(authInfo, issuer));
  return Deno.serve(
    { hostname: "127.0.0.1", port: options.mcpPort, onListen: () => undefined },
    async (request) => {
      if (new URL(request.url).pathname !== "/mcp") {
        return refuse(404);
      }
      const user = await check(request.headers.get("gatepost-user") ?? "").catch(() => undefined);
      if (user === undefined) {
        return refuse(401, "Only Gatepost may call");
      }
      const authorization = request.headers.get("authorization") ?? "";
      const authInfo = {
        token: authorization.replace(/^bearer /i, ""),
        clientId: user.client_id,
        scopes: [],
        extra: { ...user },
      };
      return await handler.fetch(request, { authInfo });
    },
  );
}

function buildServer(caller: AuthInfo | undefined, issuer: string): McpServer {
  const server = new McpServer({ name: "gatepost-demo", version: "1.0.0" });
  server.registerTool(
    "add",
    { description: "Adds two numbers", inputSchema: z.object({ a: z.number(), b: z.number() }) },
    ({ a, b }) => text(String(a + b)),
  );
  server.registerTool(
    "whoami",
    { description: "Tells who you are, to the provider and to Gatepost" },
    async () => {
      const userinfo = await askUserinfo(issuer, caller?.token ?? "");
      return text(JSON.stringify({ ...caller?.extra, userinfo }, null, 2));
    },
  );
  return server;
}

async function askUserinfo(issuer: string, token: string): Promise<unknown> {
  const response = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${token}` } });
  if (response.ok) {
    return await response.json();
  }
  await response.body?.cancel();
  throw new Error(`The provider refuses the token: HTTP ${response.status}`);
}

function text(text: string): { content: { type: "text"; text: string }[] } {
  return { content: [{ type: "text", text }] };
}

function refuse(status: number, message = "Not found"): Response {
  return Response.json({ message }, { status });
}
