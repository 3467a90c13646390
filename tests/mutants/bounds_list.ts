/**
 * The defences of the bounds on rows.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const FUNCTIONS = "supabase/schemas/functions";
const CLIENTS = "tests/sql/register_mcp_client/bounds_clients_by_source_test.ts";
const LOGINS = "tests/sql/open_authorization_session/bounds_logins_by_source_test.ts";
const VISITORS = "tests/sql/open_anonymous_call/tells_visitors_apart_test.ts";
const PEOPLE = "tests/attacks/A44_invented_people_test.ts";
const SETTINGS = "tests/sql/column_bounds/oversized_settings_are_refused_test.ts";
const SOURCE = "functions/_shared/http/source.ts";

/** One defence each, of the bounds. */
export const BOUND_MUTANTS: Mutant[] = [
  {
    defence: "a source draws its own places only",
    file: `${FUNCTIONS}/draw_slots.sql`,
    find: "(hashtextextended(p_source, v_place) & 2147483647)",
    replace: "floor(random() * 2147483647)::bigint",
    tests: [CLIENTS],
  },
  {
    defence: "a client without a finished login has few places for logins",
    file: `${FUNCTIONS}/take_session_slot.sql`,
    find: "p_cause => coalesce(v_unused_id, case when p_source is not null then p_place end),",
    replace: "p_cause => null,",
    tests: [LOGINS],
  },
  {
    defence: "a login under way makes no room",
    file: `${FUNCTIONS}/take_session_slot.sql`,
    find: "or holder.created_at <= now() - v_bound.held_for",
    replace: "or true",
    tests: [LOGINS],
  },
  {
    defence: "a client that has just registered makes no room",
    file: `${FUNCTIONS}/take_client_slot.sql`,
    find: "      and drawn.created_at <= now() - v_bound.held_for\n",
    replace: "",
    tests: [CLIENTS],
  },
  {
    defence: "a client in the middle of a login makes no room",
    file: `${FUNCTIONS}/take_client_slot.sql`,
    find: "      and (drawn.last_used_at is null or drawn.last_used_at <= now() - v_login_lasts)\n",
    replace: "",
    tests: [CLIENTS],
  },
  {
    defence: "one source takes no client of another",
    file: `${FUNCTIONS}/take_client_slot.sql`,
    find: "or (drawn.is_own or drawn.has_own is not true)\n      and",
    replace: "or",
    tests: [CLIENTS],
  },
  {
    defence: "a surplus client is deleted",
    file: `${FUNCTIONS}/take_client_slot.sql`,
    find: "where surplus.id = v_holder_id and surplus.slot = v_slot",
    replace: "where false",
    tests: [CLIENTS],
  },
  {
    defence: "clean-up leaves a client in the middle of a login",
    file: `${FUNCTIONS}/purge_expired.sql`,
    find: "      and (unused.last_used_at is null or unused.last_used_at < now() - interval '10 minutes')\n",
    replace: "",
    tests: ["tests/sql/purge_expired"],
  },
  {
    defence: "expired invitations go",
    file: `${FUNCTIONS}/purge_expired.sql`,
    find:
      "select expired.id from public.organization_invitations as expired\n    where expired.expires_at < now()",
    replace: "select expired.id from public.organization_invitations as expired\n    where false",
    tests: ["tests/sql/purge_expired"],
  },
  {
    defence: "registrations of all clients are counted in one row",
    file: `${FUNCTIONS}/register_mcp_client.sql`,
    find: ",\n    p_of_any_client => true",
    replace: "",
    tests: [CLIENTS],
  },
  {
    defence: "repeats are counted and not written again",
    file: `${FUNCTIONS}/audit_repeat_key.sql`,
    find: "return md5(",
    replace: "return md5(random()::text || ",
    tests: [CLIENTS],
  },
  {
    defence: "a user's invented MCP sessions are bounded",
    file: `${FUNCTIONS}/record_mcp_session.sql`,
    find: "offset v_bound.of_source - 1",
    replace: "offset 1000000",
    tests: [VISITORS],
  },
  {
    defence: "a source takes a part of a day's visitors",
    file: `${FUNCTIONS}/open_anonymous_call.sql`,
    find: "p_source => coalesce(p_source, random()::text)",
    replace: "p_source => random()::text",
    tests: [VISITORS],
  },
  {
    defence: "the address of a caller leaves as a keyed hash",
    file: SOURCE,
    find: "keys.get(sealing)!",
    replace: "32",
    tests: ["tests/unit/source_test.ts"],
  },
  {
    defence: "of a list of addresses the nearest proxy's counts",
    file: SOURCE,
    find: "at(-1)",
    replace: "at(0)",
    tests: ["tests/unit/source_test.ts"],
  },
  {
    defence: "a crowded source is told when to come back",
    file: "functions/_shared/errors.ts",
    find: '    headers: { "Retry-After": "60" },\n',
    replace: "",
    tests: ["tests/endpoints/oauth_register_test.ts"],
  },
  {
    defence: "a user's connections with a client are bounded",
    file: `${FUNCTIONS}/redeem_authorization_code.sql`,
    find: "  perform public.end_surplus_families(p_code => v_code, p_client_id => v_client.client_id);\n",
    replace: "",
    tests: ["tests/sql/redeem_authorization_code/bounds_connections_test.ts"],
  },
  {
    defence: "of a user's connections those with another client stay",
    file: `${FUNCTIONS}/end_surplus_families.sql`,
    find: "      and surplus.mcp_client_registration_id = p_code.mcp_client_registration_id\n",
    replace: "",
    tests: ["tests/sql/redeem_authorization_code/bounds_connections_test.ts"],
  },
  {
    defence: "a list of scopes has a size",
    file: "supabase/schemas/tables/mcp_servers.sql",
    find: "check (pg_column_size(required_scopes) <= 65536)",
    replace: "check (required_scopes is not null)",
    tests: [SETTINGS],
  },
  {
    defence: "tenants of a config have a size",
    file: "supabase/schemas/tables/custom_oauth_configs.sql",
    find: "check (pg_column_size(allowed_tenants) <= 65536)",
    replace: "check (allowed_tenants is not null)",
    tests: [SETTINGS],
  },
  {
    defence: "a column of a login has a bound",
    file: "supabase/schemas/tables/mcp_authorization_sessions.sql",
    find: "pg_column_size(request_ciphertext) <= 65536 and ",
    replace: "",
    tests: ["tests/sql/column_bounds/every_column_has_a_bound_test.ts"],
  },
  {
    defence: "a profile does not grow with each refresh",
    file: `${FUNCTIONS}/refresh_user_profile.sql`,
    find: "pg_column_size(known.profile_data || p_profile) <= 65536",
    replace: "true",
    tests: ["tests/sql/refresh_user_profile/a_profile_stays_small_test.ts"],
  },
  {
    defence: "codes that nobody redeems have a number",
    file: `${FUNCTIONS}/complete_authorization.sql`,
    find:
      "  perform public.end_surplus_codes(\n    p_session => v_session, p_mcp_server_user_id => v_provisioning.mcp_server_user_id\n  );\n",
    replace: "",
    tests: ["tests/attacks/A25_unredeemed_logins_test.ts"],
  },
  {
    defence: "a code that was redeemed stays among a user's surplus codes",
    file: `${FUNCTIONS}/end_surplus_codes.sql`,
    find: "      and code.spent_at is null\n",
    replace: "",
    tests: ["tests/sql/complete_authorization/bounds_unredeemed_codes_test.ts"],
  },
  {
    defence: "the local front overwrites what the caller says of its address",
    file: "supabase/local/front/forward.ts",
    find: "headers.set(name, address);",
    replace: "headers.append(name, address);",
    tests: ["tests/flow/local_front_test.ts"],
  },
  {
    defence: "a flooded server costs no more, whatever the planner knows of it",
    file: "supabase/schemas/tables/mcp_client_registrations.sql",
    find: "unique (slot, mcp_server_id)",
    replace: "unique (mcp_server_id, slot)",
    tests: ["tests/sql/plans/bounds_cost_the_same_test.ts"],
  },
  {
    defence: "people beyond an organization's quota are refused",
    file: `${FUNCTIONS}/admit_person.sql`,
    find:
      "      when p_is_named and coalesce(v_counted.identities, 0) - v_gone >= v_people then 'people_quota_reached'\n",
    replace: "",
    tests: [PEOPLE],
  },
  {
    defence: "new people beyond the bound of a day are refused",
    file: `${FUNCTIONS}/admit_person.sql`,
    find:
      "      when v_counted.counted_on >= v_today and v_counted.arrived >= v_newcomers then 'too_many_new_people'\n",
    replace: "",
    tests: [PEOPLE],
  },
  {
    defence: "parallel logins count people one after the other",
    file: `${FUNCTIONS}/admit_person.sql`,
    find: "    for no key update;\n",
    replace: ";\n",
    tests: [PEOPLE],
  },
  {
    defence: "a second subject of a person counts",
    file: `${FUNCTIONS}/resolve_mcp_server_user.sql`,
    find: "    if v_resolution.outcome is not null then\n",
    replace: "    if v_resolution.outcome is not null and v_linked_id is null then\n",
    tests: [PEOPLE],
  },
  {
    defence: "logins without a name are counted",
    file: `${FUNCTIONS}/resolve_anonymous_user.sql`,
    find: "    if v_resolution.outcome is not null then\n",
    replace: "    if false then\n",
    tests: [PEOPLE],
  },
  {
    defence: "a deleted person makes room",
    file: `${FUNCTIONS}/delete_mcp_server_user.sql`,
    find: "p_gone => v_identities",
    replace: "p_gone => 0",
    tests: ["tests/sql/admit_person"],
  },
];
