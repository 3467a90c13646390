/**
 * What a running stack says about itself, like `supabase status`.
 *
 * @module
 */

import { isInUse, readKept } from "./data_folder.ts";
import { Problem } from "./problem.ts";
import type { Secrets } from "./secrets.ts";

/** The addresses and keys of a running stack. */
export interface Status {
  PUBLIC_URL: string;
  MCP_URL: string;
  ISSUER: string;
  API_URL: string;
  SECRET_KEY: string;
  PUBLISHABLE_KEY: string;
  DB_URL: string;
  /** How the functions reach the database: over the REST layer, or directly. */
  DOOR: "rest" | "direct";
  /** The database as the functions log in to it, where they do so directly. */
  FUNCTIONS_DB_URL?: string;
  UPSTREAM_ISSUER: string;
  /** Where the stack serves the console. */
  CONSOLE_URL?: string;
}

/** The file of the data folder that holds the status while a stack runs. */
export const STATUS_FILE = "status.json";

/** Puts the status together. */
export function buildStatus(
  apiUrl: string,
  publicUrl: string,
  { databaseUrl, functionsUrl }: { databaseUrl: string; functionsUrl: string | undefined },
  upstreamIssuer: string,
  { secretKey, publishableKey }: Secrets,
): Status {
  return {
    PUBLIC_URL: publicUrl,
    MCP_URL: `${publicUrl}/mcp/demo`,
    ISSUER: `${publicUrl}/oauth/demo`,
    API_URL: apiUrl,
    SECRET_KEY: secretKey,
    PUBLISHABLE_KEY: publishableKey,
    DB_URL: databaseUrl,
    ...(functionsUrl === undefined ? { DOOR: "rest" } : { DOOR: "direct", FUNCTIONS_DB_URL: functionsUrl }),
    UPSTREAM_ISSUER: upstreamIssuer,
  };
}

/** The status of the stack that runs on a data folder. */
export async function readStatus(dataDir: string): Promise<Status> {
  const status = await readKept<Status>(dataDir, STATUS_FILE);
  if (status !== undefined && (await isInUse(dataDir))) {
    return status;
  }
  throw new Problem(`No stack is running on ${dataDir}: start one with deno task start`);
}
