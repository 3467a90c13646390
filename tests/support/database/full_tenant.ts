/**
 * An organization that has a row in everything that its members read.
 *
 * @module
 */

import { buildCall, daysAgo, record } from "./calls.ts";
import { call, type TestDatabase } from "./database.ts";
import { insertRow, issueFamily, makeTenant, newHash, newName, type Tenant } from "./rows.ts";

/** Makes one, with a login that lives and one that has ended. */
export async function makeFullTenant(database: Pick<TestDatabase, "owner" | "service">): Promise<Tenant> {
  const { owner, service } = database;
  const tenant = await makeTenant(database);
  const { organizationId, serverId, slug } = tenant;
  const { familyId, userId } = await issueFamily(database, tenant);
  await call(service, "open_mcp_call", { p_slug: slug, p_family_id: familyId, p_session_hash: newHash() });
  const { rotation, userId: absentId } = await issueFamily(database, tenant);
  await call(service, "revoke_token", {
    p_slug: slug,
    p_client_id: tenant.clientId,
    p_client_secret_hash: null,
    p_handle_hash: rotation.p_handle_hash,
    p_family_id: null,
  });
  await record(service, [
    buildCall(tenant, { mcp_server_user_id: userId }),
    buildCall(tenant, { mcp_server_user_id: absentId, started_at: daysAgo(5) }),
    buildCall(tenant, {
      mcp_server_user_id: userId,
      method: "initialize",
      client_name: "Claude",
      client_version: "1.2",
    }),
  ]);
  await insertRow(owner, "mcp_server_user_merges", {
    organization_id: organizationId,
    mcp_server_user_id: userId,
    merged_user_id: newName("mcpu"),
    merged_user: {},
    identities: [],
    session_ids: [],
  });
  await insertRow(owner, "mcp_resource_servers", {
    organization_id: organizationId,
    mcp_server_id: serverId,
    name: "Weather",
    secret_hash: newHash(),
  });
  await insertRow(owner, "organization_invitations", {
    organization_id: organizationId,
    email: "invited@example.com",
    role: "member",
    invited_by: crypto.randomUUID(),
  });
  return tenant;
}
