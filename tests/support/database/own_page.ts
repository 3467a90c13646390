/**
 * Logins at Gatepost's own page, where a person sees what apps may do in the person's name.
 *
 * @module
 */

import { call, type Row, type TestDatabase } from "./database.ts";
import { type IssuedFamily, issueFamily, type Tenant } from "./rows.ts";

export const PAGE = "https://auth.example.com/oauth-connections/demo/callback";

/** A person, as a provider names one. */
export const PERSON = { p_upstream_sub: "person", p_email: "ada@example.com", p_email_verified: true };

/** The same server with the page's own client, which is made if it is not there. */
export async function openOwnPage(
  { service }: Pick<TestDatabase, "service">,
  tenant: Tenant,
): Promise<Tenant> {
  const opened = await call(service, "open_connections_client", {
    p_slug: tenant.slug,
    p_redirect_uri: PAGE,
  });
  return { ...tenant, clientId: String(opened.client_id) };
}

/** Logs a person in at the page of a server. */
export async function logInAtOwnPage(
  database: Pick<TestDatabase, "service" | "owner">,
  tenant: Tenant,
  completion: Row = {},
): Promise<IssuedFamily> {
  return await issueFamily(database, await openOwnPage(database, tenant), {
    approval: { p_redirect_uri: PAGE, p_scope: "connections" },
    completion: { ...PERSON, ...completion },
  });
}
