/**
 * MCP session ids: bearer secrets of the MCP server. Database and workers keep only their hashes.
 *
 * @module
 */

import { hashSecret } from "../../_shared/secrets/secrets.ts";

/** A session id in the form that the database has. */
export function hashSessionId(mcpSessionId: string | null): string | null {
  return mcpSessionId === null ? null : hashSecret(mcpSessionId);
}
