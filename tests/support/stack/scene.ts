/**
 * Where most attacks take place: a provider, an MCP server behind the gateway, a tenant, and a registered client.
 *
 * @module
 */

import { type ProgrammableProvider, startProvider } from "../provider/provider.ts";
import type { Program } from "../provider/program.ts";
import type { Shape, ShapeName } from "../provider/shapes.ts";
import {
  attemptAuthorization,
  type AuthorizationAttempt,
  discover,
  redemptionForm,
  register,
  type RegisteredClient,
  requestTokens,
  type Tokens,
} from "../client/mcp_client.ts";
import { type Browser, openBrowser, walk } from "../client/browser.ts";
import { type RecordingServer, startMcpServer } from "../mcp_server/minimal.ts";
import type { TestStack } from "./stack.ts";
import { makeTenant, type Tenant, type TenantChanges } from "./tenant.ts";

/** A scene. Whatever is in it ends with it. */
export interface Scene extends AsyncDisposable {
  stack: TestStack;
  provider: ProgrammableProvider;
  mcpServer: RecordingServer;
  tenant: Tenant;
  client: RegisteredClient;
}

/** What is different about a scene. */
export interface SceneChanges extends TenantChanges {
  shape?: ShapeName | Shape;
  program?: Partial<Program>;
  /** What the client says of itself. */
  client?: Record<string, unknown>;
}

/** A login that has come to its end. */
export interface Login {
  browser: Browser;
  attempt: AuthorizationAttempt;
  code: string;
  tokens: Tokens;
}

/** Sets a scene. */
export async function setScene(stack: TestStack, changes: SceneChanges = {}): Promise<Scene> {
  const provider = await startProvider(changes.shape, changes.program);
  const mcpServer = startMcpServer();
  const server = { upstream_url: mcpServer.url, ...changes.server };
  const tenant = await makeTenant(stack, provider, { ...changes, server });
  const client = await register(await discover(tenant.mcpUrl), changes.client);
  return {
    ...{ stack, provider, mcpServer, tenant, client },
    async [Symbol.asyncDispose](): Promise<void> {
      await provider[Symbol.asyncDispose]();
      await mcpServer[Symbol.asyncDispose]();
    },
  };
}

/** Logs in up to the code; `parameters` changes the authorization request. */
export async function obtainCode(
  { client }: Pick<Scene, "client">,
  parameters: Record<string, string | undefined> = {},
): Promise<Omit<Login, "tokens">> {
  const attempt = attemptAuthorization(client, parameters);
  const browser = openBrowser();
  const returned = await walk(browser, attempt.url);
  const code = returned.searchParams.get("code");
  if (code === null) {
    throw new Error(`The login came back without a code: ${returned.search}`);
  }
  return { browser, attempt, code };
}

/** Logs in and redeems the code. */
export async function logIn(
  scene: Pick<Scene, "client">,
  parameters: Record<string, string | undefined> = {},
): Promise<Login> {
  const login = await obtainCode(scene, parameters);
  const form = redemptionForm(scene.client, login.code, login.attempt.codeVerifier);
  return { ...login, tokens: await requestTokens(scene.client.discovery, form) };
}
