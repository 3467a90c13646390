/**
 * MCP session ids: bearer secrets of the MCP server. The database has only their hashes.
 *
 * @module
 */

import { hashSecret } from "../../_shared/secrets/secrets.ts";

/** A longer session id is kept as its hash, so that no caller fills the memory with ids. */
const MAX_KEPT_CHARACTERS = 255;

/** A session id in the form that the database has. */
export async function hashSessionId(mcpSessionId: string | null): Promise<string | null> {
  return mcpSessionId === null ? null : await hashSecret(mcpSessionId);
}

/**
 * A session id in the form that a worker keeps.
 *
 * That is nearly always the id itself: to hash it would take longer than all other steps of a call.
 */
export async function keepSessionId(mcpSessionId: string | null): Promise<string | null> {
  const isShort = mcpSessionId === null || mcpSessionId.length <= MAX_KEPT_CHARACTERS;
  return isShort ? mcpSessionId : await hashSecret(mcpSessionId);
}
