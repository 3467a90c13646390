/**
 * Which apps are connected in a person's name.
 *
 * @module
 */

import * as z from "zod/mini";
import { cleanDisplayText } from "../_shared/client/display_text.ts";
import { describeRedirectUri } from "../_shared/client/redirect_uri.ts";
import { type Database, defineCall } from "../_shared/database/database.ts";
import { nullableText } from "../_shared/database/rows.ts";
import type { Language } from "../_shared/http/language.ts";
import { refusedToken } from "../_shared/tokens/signing.ts";
import type { ConnectionsLogin } from "./access.ts";

const connectionSchema = z.object({
  id: z.string(),
  server_slug: z.string(),
  server_name: z.string(),
  scope_descriptions: z.record(z.string(), z.string()),
  client_id: z.string(),
  kind: z.string(),
  client_name: nullableText,
  redirect_uris: z.array(z.string()),
  scopes: z.array(z.string()),
  first_used_at: z.string(),
  last_used_at: z.string(),
});

/** One app at one server. */
export type Connection = z.infer<typeof connectionSchema>;

export const listOwnConnections = defineCall(
  "list_own_connections",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("listed"),
      email: nullableText,
      organization_name: z.string(),
      connections: z.array(connectionSchema),
    }),
    z.object({ outcome: z.literal("ended") }),
  ]),
);

/** What a person has allowed, at all servers of one organization. */
export interface OwnConnections {
  email: string | null;
  organizationName: string;
  connections: Connection[];
}

/** Lists the connections of a login's person, or throws `invalid_token` if the login has ended. */
export async function listConnections(
  { slug, familyId }: ConnectionsLogin,
  { database }: { database: Database },
): Promise<OwnConnections> {
  const listing = await listOwnConnections(database, { p_slug: slug, p_family_id: familyId });
  switch (listing.outcome) {
    case "listed":
      return {
        email: listing.email,
        organizationName: listing.organization_name,
        connections: listing.connections,
      };
    case "ended":
      throw refusedToken("access_token_revoked");
  }
}

/** The list, as programs get it. */
export function describeConnections(
  { email, organizationName, connections }: OwnConnections,
): Record<string, unknown> {
  return {
    email,
    organization: organizationName,
    connections: connections.map((connection) => ({
      id: connection.id,
      app: nameApp(connection) ?? null,
      hosts: listHosts(connection, "en"),
      server: { slug: connection.server_slug, name: connection.server_name },
      scopes: connection.scopes,
      connected_since: connection.first_used_at,
      last_used_at: connection.last_used_at,
    })),
  };
}

/** The app's own name, without what nobody sees; undefined if nothing is left of it. */
export function nameApp({ client_name }: Pick<Connection, "client_name">): string | undefined {
  return cleanDisplayText(client_name);
}

/** Enough to know an app by; one that registers twenty addresses does not fill the page. */
const MOST_HOSTS = 3;

/** Where an app is at home: the host whose document describes it, or the places it is sent its answers. */
export function listHosts(
  { kind, client_id, redirect_uris }: Pick<Connection, "kind" | "client_id" | "redirect_uris">,
  language: Language,
): string[] {
  const hosts = kind === "metadata_document"
    ? [new URL(client_id).host]
    : redirect_uris.map((uri) => describeRedirectUri(uri, language));
  return [...new Set(hosts)].slice(0, MOST_HOSTS);
}
