/**
 * The defences of what owners read and do every day.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const FUNCTIONS = "supabase/schemas/functions";
const ROLES = "tests/sql/revoke_mcp_connection/owners_and_admins_only_test.ts";

/** The functions that ask for the caller's role in a case. */
const CASES: readonly string[] = [
  "decide_revocation",
  "export_mcp_server_user",
  "erase_mcp_server_user",
  "merge_mcp_server_users",
  "unmerge_mcp_server_users",
  "move_oauth_config_issuer",
];

export const OWNER_MUTANTS: readonly Mutant[] = [
  ...CASES.map((name) => ({
    defence: `${name} asks for the caller's role`,
    file: `${FUNCTIONS}/${name}.sql`,
    find: "when v_role = 'member' then 'forbidden'",
    replace: "when false then 'forbidden'",
    tests: [ROLES],
  })),
  {
    defence: "a view reads with the rights of its reader",
    file: "supabase/schemas/views/mcp_people.sql",
    find: " with (security_invoker = true)",
    replace: "",
    tests: ["tests/sql/row_level_security/members_read_their_own_test.ts"],
  },
  {
    defence: "addresses are those of the caller's organizations",
    file: `${FUNCTIONS}/list_member_addresses.sql`,
    find: "member.organization_id in (select public.organizations_of_platform_user())",
    replace: "true",
    tests: ["tests/sql/views"],
  },
  {
    defence: "a connection is revoked for the client that is named only",
    file: `${FUNCTIONS}/revoke_mcp_connection.sql`,
    find: "    p_client_id => v_client.client_id,\n",
    replace: "",
    tests: ["tests/sql/revoke_mcp_connection"],
  },
  {
    defence: "an erasure takes the person's id out of the audit",
    file: `${FUNCTIONS}/erase_mcp_server_user.sql`,
    find: "  set mcp_server_user_id = null, repeat_key = null\n",
    replace: "  set mcp_server_user_id = entry.mcp_server_user_id\n",
    tests: ["tests/sql/erase_mcp_server_user"],
  },
  {
    defence: "a blocked user is merged with nobody",
    file: `${FUNCTIONS}/merge_mcp_server_users.sql`,
    find: "when v_user.blocked_at is not null or v_merged.blocked_at is not null then",
    replace: "when false then",
    tests: ["tests/sql/merge_mcp_server_users"],
  },
  {
    defence: "the platform's sign-in is merged with no other",
    file: `${FUNCTIONS}/merge_mcp_server_users.sql`,
    find: "when v_user.auth_type <> v_merged.auth_type or v_user.auth_type = 'none' then",
    replace: "when false then",
    tests: ["tests/sql/merge_mcp_server_users"],
  },
  {
    defence: "a config moves without a dry run only where its caller says so",
    file: `${FUNCTIONS}/move_oauth_config_issuer.sql`,
    find: "when p_dry_run then 'would_move'",
    replace: "when false then 'would_move'",
    tests: ["tests/sql/move_oauth_config_issuer"],
  },
  {
    defence: "nobody is moved onto somebody else",
    file: `${FUNCTIONS}/move_oauth_config_issuer.sql`,
    find: "case when v_move.conflicts > 0 then 'conflict'",
    replace: "case when false then 'conflict'",
    tests: ["tests/sql/move_oauth_config_issuer"],
  },
  {
    defence: "all requests of a login have one id",
    file: "functions/oauth-callback/handler.ts",
    find: "  call.requestId = claim.request_id ?? call.requestId;\n",
    replace: "",
    tests: ["tests/flow/diagnosis_test.ts"],
  },
  {
    defence: "a page of ended logins looks for an event in an index",
    file: "supabase/schemas/views/mcp_ended_logins.sql",
    find: "case when family.revoked_at is null then holder.blocked_at else family.revoked_at end\n      and",
    replace: "coalesce(family.revoked_at, holder.blocked_at)\n      and",
    tests: ["tests/sql/plans/a_page_reads_no_table_test.ts"],
  },
];
