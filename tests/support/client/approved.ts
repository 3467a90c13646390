/**
 * A client that somebody has logged in with: only to such a one are errors redirected.
 *
 * @module
 */

import type { Database } from "../../../supabase/local/database/connect.ts";

/** Marks a registered client as one that a login has come to its end with, and hands it back. */
export async function approve<Client extends { clientId: string }>(
  { sql }: { sql: Database },
  client: Client,
): Promise<Client> {
  await sql`
    update public.mcp_client_registrations set first_used_at = now(), expires_at = null, slot = null
    where client_id = ${client.clientId} and first_used_at is null`;
  return client;
}
