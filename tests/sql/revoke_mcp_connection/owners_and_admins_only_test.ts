/**
 * Who may do what an owner does every day: owners and admins. A member is told so, and a stranger is told nothing.
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { insertRow, issueFamily, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const PUBLIC_CLIENT = { config: { token_endpoint_auth_method: "none", client_secret_ciphertext: null } };

/** The arguments of a call about something that there is, and of one about something that there is not. */
interface Target {
  args: Row;
  missing: Row;
}

async function makeTargets(): Promise<{ organizationId: string; targets: Record<string, Target> }> {
  const tenant = await makeTenant(database, PUBLIC_CLIENT);
  const [one, two] = [await issueFamily(database, tenant), await issueFamily(database, tenant)];
  const mergeId = await insertRow(owner, "mcp_server_user_merges", {
    organization_id: tenant.organizationId,
    mcp_server_user_id: one.userId,
    merged_user_id: "mcpu_gone",
    merged_user: {
      id: `mcpu_${crypto.randomUUID()}`,
      organization_id: tenant.organizationId,
      auth_type: "custom_oauth",
      email_verified: false,
      profile_data: {},
      first_seen_at: new Date(),
      last_seen_at: new Date(),
    },
    identities: [],
    session_ids: [],
  });
  const about = (argument: string, id: string, others: Row = {}): Target => ({
    args: { [argument]: id, ...others },
    missing: { [argument]: "nothing", ...others },
  });
  const user = about("p_mcp_server_user_id", one.userId);
  return {
    organizationId: tenant.organizationId,
    targets: {
      revoke_mcp_connection: about("p_mcp_server_user_id", one.userId, {
        p_mcp_client_registration_id: tenant.registrationId,
      }),
      revoke_mcp_client_connections: about("p_mcp_client_registration_id", tenant.registrationId),
      revoke_mcp_server_connections: about("p_mcp_server_id", tenant.serverId),
      revoke_organization_connections: about("p_organization_id", tenant.organizationId),
      export_mcp_server_user: user,
      unmerge_mcp_server_users: about("p_merge_id", mergeId),
      merge_mcp_server_users: about("p_mcp_server_user_id", one.userId, { p_merged_user_id: two.userId }),
      move_oauth_config_issuer: about("p_oauth_config_id", tenant.configId, {
        p_issuer: "https://new.example.com",
      }),
      erase_mcp_server_user: user,
    },
  };
}

const CALLS: [name: string, done: string, unknown: string][] = [
  ["revoke_mcp_connection", "revoked", "unknown_connection"],
  ["revoke_mcp_client_connections", "revoked", "unknown_client"],
  ["revoke_mcp_server_connections", "revoked", "unknown_server"],
  ["revoke_organization_connections", "revoked", "unknown_organization"],
  ["export_mcp_server_user", "exported", "unknown_user"],
  ["unmerge_mcp_server_users", "taken_back", "unknown_merge"],
  ["merge_mcp_server_users", "merged", "unknown_user"],
  ["move_oauth_config_issuer", "would_move", "unknown_config"],
  ["erase_mcp_server_user", "erased", "unknown_user"],
];
for (const [name, done, unknown] of CALLS) {
  Deno.test(`${name}: owners and admins may, members are forbidden, and strangers learn nothing`, async () => {
    const outcomes: Row = {};
    for (const role of ["owner", "admin", "member", "stranger"] as const) {
      const { organizationId, targets } = await makeTargets();
      const platform = await makePlatform(
        database,
        organizationId,
        (await makeTenant(database)).organizationId,
      );
      outcomes[role] = (await call(platform[role].sql, name, targets[name]!.args)).outcome;
      if (role === "stranger") {
        assertEquals(
          await call(platform.stranger.sql, name, targets[name]!.args),
          await call(platform.stranger.sql, name, targets[name]!.missing),
        );
      }
    }

    assertEquals(outcomes, { owner: done, admin: done, member: "forbidden", stranger: unknown });
  });
}
