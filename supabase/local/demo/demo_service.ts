/**
 * Starts the demo upstream in a process of its own: the OpenID provider and
 * the MCP server of a company that uses Gatepost.
 *
 * @module
 */

import type { Output } from "../output.ts";
import { startChild } from "../processes/child.ts";
import { keepRunning, type Service } from "../processes/keep_running.ts";
import type { LogFile } from "../processes/log_file.ts";

/** The configuration of the process. */
export interface DemoConfiguration {
  /** `GATEPOST_PUBLIC_URL`. */
  publicUrl: string;
  providerPort: number;
  mcpPort: number;
  databaseUrl: string;
  clientSecret: string;
  cookieKey: string;
  /** JWKS with private keys. */
  signingKeys: string;
}

/** Gatepost's client id at the demo provider. */
export const DEMO_CLIENT_ID = "gatepost";

/** The organization that has the demo provider and the MCP server. */
export const DEMO_ORGANIZATION_ID = "org_demo";

/** The slug of its MCP server. */
export const DEMO_SLUG = "demo";

/** The demo provider's issuer. */
export function demoIssuer(providerPort: number): string {
  return `http://127.0.0.1:${providerPort}`;
}

/** The demo MCP server's own URL, behind the gateway. */
export function demoMcpUrl(mcpPort: number): string {
  return `http://127.0.0.1:${mcpPort}/mcp`;
}

/** Starts the demo upstream and keeps it running. */
export function startDemo(configuration: DemoConfiguration, log: LogFile, output: Output): Promise<Service> {
  const start = (): ReturnType<typeof startChild> =>
    startChild({
      script: new URL("demo_process.ts", import.meta.url),
      permissions: ["-A"],
      configuration,
      onLine: log.write,
    });
  return keepRunning("demo provider", start, output, log.path);
}
