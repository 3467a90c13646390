/**
 * A person logged in at a client, an MCP server behind the gateway that does as it is told, and a provider that does.
 *
 * @module
 */

import { postMessage } from "../client/mcp_client.ts";
import { logIn, type Scene, type SceneChanges, setScene } from "./scene.ts";
import type { TestStack } from "./stack.ts";
import { startWorker, type Worker, type WorkerChanges } from "./worker.ts";
import { type McpProgram, type ProgrammableMcpServer, startMcpServer } from "../mcp_server/scripted.ts";

/** A scene with somebody logged in. */
export interface GatewayScene extends Scene {
  mcp: ProgrammableMcpServer;
  accessToken: string;
  refreshToken: string;
  /** Calls the gateway at the stack's address, which hands calls to two workers in turn. */
  call: (headers?: Record<string, string>) => Promise<Response>;
}

/** What is different about a scene. */
export interface GatewayChanges extends SceneChanges {
  mcp?: McpProgram;
  /** Parameters of the authorization request. */
  login?: Record<string, string | undefined>;
}

/** One row of the vault. */
export interface VaultRow {
  id: string;
  access_token_ciphertext: string;
  refresh_token_ciphertext: string | null;
  expires_at: Date | null;
  refreshed_at: Date | null;
  refresh_lease_hash: string | null;
  ended_reason: string | null;
}

/** What every test calls with. */
export const PING = { id: 1, method: "ping" };

/** Sets a scene and logs in. */
export async function setGatewayScene(
  stack: TestStack,
  changes: GatewayChanges = {},
): Promise<GatewayScene> {
  const mcp = startMcpServer(changes.mcp);
  const scene = await setScene(stack, { ...changes, server: { upstream_url: mcp.url, ...changes.server } });
  const { tokens } = await logIn(scene, changes.login);
  return {
    ...scene,
    mcp,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    call: (headers) => postMessage(scene.tenant.mcpUrl, tokens.access_token, PING, headers),
    async [Symbol.asyncDispose](): Promise<void> {
      await scene[Symbol.asyncDispose]();
      await mcp[Symbol.asyncDispose]();
    },
  };
}

/** A worker with nothing in its memory, over the stack's database and at the stack's address. */
export async function freshWorker(
  { stack }: GatewayScene,
  changes: WorkerChanges = {},
): Promise<Worker & { call: (scene: GatewayScene, init?: RequestInit) => Promise<Response> }> {
  const config = { publicUrl: stack.status.PUBLIC_URL, ...changes.config };
  const worker = await startWorker(stack, { ...changes, config });
  return Object.assign(worker, {
    call: (scene: GatewayScene, init?: RequestInit) => worker.handle(buildCall(scene, init)),
  });
}

/** A call as the platform hands it to the gateway. */
export function buildCall({ tenant, accessToken }: GatewayScene, init: RequestInit = {}): Request {
  return new Request(`http://edge/mcp/${tenant.slug}`, {
    method: "POST",
    body: init.method === "GET" || init.method === "DELETE"
      ? null
      : JSON.stringify({ jsonrpc: "2.0", ...PING }),
    ...init,
    headers: {
      "Authorization": `Bearer ${accessToken}`,
      "Content-Type": "application/json",
      "Accept": "application/json, text/event-stream",
      ...init.headers as Record<string, string>,
    },
  });
}

/** Moves the expiry of the login's upstream token: into the past, or to so many seconds from now. */
export async function expireUpstreamToken({ stack, tenant }: GatewayScene, seconds = -60): Promise<void> {
  await stack.sql`
    update public.upstream_oauth_tokens set expires_at = now() + make_interval(secs => ${seconds})
    where organization_id = ${tenant.organizationId}`;
}

/** The login's row of the vault. */
export async function readVaultRow({ stack, tenant }: GatewayScene): Promise<VaultRow> {
  const rows = await stack.sql`
    select * from public.upstream_oauth_tokens where organization_id = ${tenant.organizationId}`;
  if (rows.length !== 1) {
    throw new Error(`Expected one vault entry, found ${rows.length}`);
  }
  return { ...rows[0] } as VaultRow;
}

/** Every refresh request that the provider has received. */
export function listRefreshes({ provider }: Pick<Scene, "provider">): URLSearchParams[] {
  return provider.requests("token").map(({ parameters }) => parameters)
    .filter((parameters) => parameters.get("grant_type") === "refresh_token");
}

/** Reads answers to the end and returns their statuses. */
export async function readStatuses(responses: Response[]): Promise<number[]> {
  return await Promise.all(responses.map(async (response) => {
    await response.text();
    return response.status;
  }));
}

/** Refreshes at our own token endpoint. */
export async function refreshLogin(scene: GatewayScene): Promise<{ status: number; error: unknown }> {
  const response = await fetch(scene.client.discovery.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: scene.refreshToken,
      client_id: scene.client.clientId,
    }),
  });
  return { status: response.status, error: (await response.json()).error };
}
