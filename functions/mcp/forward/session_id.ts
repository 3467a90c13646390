/**
 * MCP session ids: bearer secrets of the MCP server, which the database has only as hashes.
 *
 * @module
 */

import { hashSecret } from "../../_shared/secrets/secrets.ts";

/** A session id that is longer is kept as its hash, so that no caller fills the memory with ids. */
const MAX_KEPT_CHARACTERS = 255;

/** As the database knows a session. */
export async function hashSessionId(mcpSessionId: string | null): Promise<string | null> {
  return mcpSessionId === null ? null : await hashSecret(mcpSessionId);
}

/**
 * As a worker's memory knows a session.
 *
 * Nearly always the id itself: hashing takes longer than all else that is done to a call.
 */
export async function keepSessionId(mcpSessionId: string | null): Promise<string | null> {
  const isShort = mcpSessionId === null || mcpSessionId.length <= MAX_KEPT_CHARACTERS;
  return isShort ? mcpSessionId : await hashSecret(mcpSessionId);
}
