/**
 * The defences between organizations, and of the deployment against its organizations.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const FUNCTIONS = "supabase/schemas/functions";

/** Who may do what in an organization is asked the same way in each function. */
const ROLES: readonly [name: string, find: string, tests: string[]][] = [
  ["save_organization", "if v_own_role <> 'owner' then", ["tests/sql/save_organization"]],
  ["delete_organization", "if v_own_role <> 'owner' then", ["tests/sql/delete_organization"]],
  [
    "invite_organization_member",
    "if v_own_role = 'member' or (v_own_role = 'admin' and 'owner' in (p_role, v_present_role)) then",
    ["tests/sql/invite_organization_member"],
  ],
  [
    "revoke_organization_invitation",
    "if v_own_role = 'member' or (v_own_role = 'admin' and v_invitation.role = 'owner') then",
    ["tests/sql/revoke_organization_invitation"],
  ],
  [
    "save_organization_member",
    "if v_own_role = 'member' or (v_own_role = 'admin' and 'owner' in (p_role, v_present_role)) then",
    ["tests/sql/save_organization_member", "tests/pgtap"],
  ],
  [
    "remove_organization_member",
    "if p_user_id <> auth.uid() and (v_own_role = 'member' or (v_own_role = 'admin' and v_present_role = 'owner')) then",
    ["tests/sql/remove_organization_member", "tests/pgtap"],
  ],
];

export const TENANT_MUTANTS: readonly Mutant[] = [
  ...ROLES.map(([name, find, tests]) => ({
    defence: `${name} asks for the caller's role`,
    file: `${FUNCTIONS}/${name}.sql`,
    find,
    replace: "if false then",
    tests,
  })),
  ...["save_organization", "delete_organization", "invite_organization_member"].map((name) => ({
    defence: `${name} tells a stranger nothing`,
    file: `${FUNCTIONS}/${name}.sql`,
    find: "if v_own_role is null then",
    replace: "if false then",
    tests: [`tests/sql/${name}`],
  })),
  {
    defence: "revoke_organization_invitation tells a stranger nothing",
    file: `${FUNCTIONS}/revoke_organization_invitation.sql`,
    find: "if v_own_role is null then",
    replace: "if v_invitation.id is null then",
    tests: ["tests/sql/revoke_organization_invitation"],
  },
  {
    defence: "an admin does not replace an owner's invitation of an owner",
    file: `${FUNCTIONS}/invite_organization_member.sql`,
    find: "'owner' in (p_role, v_present_role)",
    replace: "p_role = 'owner'",
    tests: ["tests/sql/invite_organization_member"],
  },
  {
    defence: "founding is closed until the operator opens it",
    file: `${FUNCTIONS}/create_organization.sql`,
    find: "if v_settings.organization_founding <> 'open' then",
    replace: "if false then",
    tests: ["tests/attacks/A39_founding_test.ts"],
  },
  {
    defence: "a person founds no more organizations than the quota",
    file: `${FUNCTIONS}/create_organization.sql`,
    find: "if v_settings.organizations_per_founder <= (",
    replace: "if false and 0 <= (",
    tests: ["tests/attacks/A39_founding_test.ts"],
  },
  {
    defence: "two foundings of one person wait for each other",
    file: `${FUNCTIONS}/create_organization.sql`,
    find: "  perform pg_advisory_xact_lock(hashtextextended('organization founder ' || auth.uid(), 0));\n",
    replace: "",
    tests: ["tests/attacks/A39_founding_test.ts"],
  },
  {
    defence: "a deleted organization with retired names counts for its founder",
    file: `${FUNCTIONS}/create_organization.sql`,
    find:
      "select from public.retired_server_names as retired where retired.organization_id = founding.organization_id",
    replace: "select from public.retired_server_names as retired where false",
    tests: ["tests/attacks/A39_founding_test.ts"],
  },
  {
    defence: "changes of one organization wait for each other at its quota",
    file: `${FUNCTIONS}/has_room.sql`,
    find:
      "  perform from public.organizations as organization where organization.id = p_organization_id for no key update;\n",
    replace: "",
    tests: ["tests/attacks/A39_founding_test.ts"],
  },
  ...["server", "config", "member", "invitation"].map((kind) => ({
    defence: `an organization has a quota of ${kind}s`,
    file: `${FUNCTIONS}/has_room.sql`,
    find: `when '${kind}' then v_settings.${kind}s_per_organization > (`,
    replace: `when '${kind}' then v_settings.${kind}s_per_organization is not null or 0 > (`,
    tests: ["tests/attacks/A39_founding_test.ts"],
  })),
  {
    defence: "an organization retires no more names than the quota",
    file: `${FUNCTIONS}/may_take_names.sql`,
    find: "setting.retired_names_per_organization > (",
    replace: "true or 0 > (",
    tests: ["tests/attacks/A39_founding_test.ts"],
  },
  {
    defence: "a name that is retired for another organization is refused",
    file: `${FUNCTIONS}/take_server_names.sql`,
    find: "if v_foreign_name is not null then",
    replace: "if false then",
    tests: ["tests/attacks/A32_retired_names_test.ts"],
  },
  {
    defence: "a server's former names are retired when it is saved",
    file: `${FUNCTIONS}/take_server_names.sql`,
    find: "where not coalesce(former.name = any (array_remove(p_names, null)), false)",
    replace: "where false",
    tests: ["tests/attacks/A32_retired_names_test.ts"],
  },
  {
    defence: "a deleted organization's names are retired",
    file: `${FUNCTIONS}/delete_organization.sql`,
    find: "  perform public.retire_server_names(p_organization_id => p_id, p_names => v_names);\n",
    replace: "",
    tests: ["tests/attacks/A32_retired_names_test.ts"],
  },
  {
    defence: "an address at the gateway is refused for a server",
    file: `${FUNCTIONS}/save_mcp_server.sql`,
    find: "if public.leads_to_gateway(p_url => p_upstream_url, p_public_url => v_public_url) then",
    replace: "if false then",
    tests: ["tests/attacks/A33_foreign_resource_test.ts"],
  },
  {
    defence: "an invitation is for the caller's address",
    file: `${FUNCTIONS}/find_open_invitations.sql`,
    find: "where invitation.email = public.verified_address_of_platform_user()",
    replace: "where true",
    tests: ["tests/attacks/A37_unasked_membership_test.ts"],
  },
  {
    defence: "an invitation ends",
    file: `${FUNCTIONS}/find_open_invitations.sql`,
    find: "and invitation.expires_at > now()",
    replace: "",
    tests: ["tests/attacks/A37_unasked_membership_test.ts"],
  },
  {
    defence: "an invitation holds as long as its sender may send it",
    file: `${FUNCTIONS}/find_open_invitations.sql`,
    find: "and (inviter.role = 'owner' or (inviter.role = 'admin' and invitation.role <> 'owner'))",
    replace: "",
    tests: ["tests/attacks/A37_unasked_membership_test.ts"],
  },
  {
    defence: "an address that is not verified accepts nothing",
    file: `${FUNCTIONS}/verified_address_of_platform_user.sql`,
    find: " and person.email_confirmed_at is not null",
    replace: "",
    tests: ["tests/attacks/A37_unasked_membership_test.ts"],
  },
  {
    defence: "a member is not demoted by an invitation",
    file: `${FUNCTIONS}/accept_organization_invitation.sql`,
    find: "on conflict (organization_id, user_id) do nothing;",
    replace: "on conflict (organization_id, user_id) do update set role = excluded.role;",
    tests: ["tests/attacks/A37_unasked_membership_test.ts"],
  },
  {
    defence: "an invitation is accepted once",
    file: `${FUNCTIONS}/accept_organization_invitation.sql`,
    find:
      "  delete from public.organization_invitations as invitation where invitation.id = v_invitation.id;\n",
    replace: "",
    tests: ["tests/attacks/A37_unasked_membership_test.ts"],
  },
  {
    defence: "nobody declines another person's invitation",
    file: `${FUNCTIONS}/decline_organization_invitation.sql`,
    find: "select open.id from public.find_open_invitations() as open where open.id = p_invitation_id",
    replace: "p_invitation_id",
    tests: ["tests/sql/decline_organization_invitation"],
  },
  {
    defence: "the last owner is not demoted",
    file: `${FUNCTIONS}/save_organization_member.sql`,
    find: "if v_present_role = 'owner' and p_role <> 'owner' and not exists (",
    replace: "if false and not exists (",
    tests: ["tests/sql/save_organization_member"],
  },
  {
    defence: "the last owner does not leave",
    file: `${FUNCTIONS}/remove_organization_member.sql`,
    find: "if v_present_role = 'owner' and not exists (",
    replace: "if false and not exists (",
    tests: ["tests/sql/remove_organization_member"],
  },
  {
    defence: "while slugs are reserved an organization takes its own only",
    file: "supabase/schemas/functions/take_server_names.sql",
    find: "setting.server_slugs = 'reserved'",
    replace: "false",
    tests: ["tests/sql/save_deployment_settings/slugs_are_reserved_test.ts"],
  },
];
