/**
 * The defences of who used what: of what is recorded, counted, bounded and forgotten.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const FUNCTIONS = "supabase/schemas/functions";
const BELONGS = "tests/sql/record_mcp_calls/leaves_out_what_does_not_belong_test.ts";
const RECORDS = "tests/sql/record_mcp_calls/records_and_counts_test.ts";
const BOUNDS = "tests/sql/record_mcp_calls/bounds_names_and_rows_test.ts";
const COUNTS = "tests/sql/record_mcp_calls/counts_follow_from_calls_test.ts";
const POPULAR = "tests/sql/record_mcp_calls/reads_the_same_for_a_popular_tool_test.ts";
const HOLDS = "tests/sql/record_mcp_calls/holds_its_callers_test.ts";
const DAYS = "tests/sql/purge_expired/drops_days_of_calls_test.ts";
const ERASES = "tests/sql/erase_mcp_server_user/leaves_no_name_test.ts";
const MERGES = "tests/sql/merge_mcp_server_users/carries_calls_there_and_back_test.ts";

/** One defence each, of the records of calls. */
export const USAGE_MUTANTS: Mutant[] = [
  {
    defence: "a call is recorded at a server of its own organization only",
    file: `${FUNCTIONS}/hold_mcp_callers.sql`,
    find: "on server.id = entry.mcp_server_id and server.organization_id = entry.organization_id",
    replace: "on server.id = entry.mcp_server_id",
    tests: [BELONGS],
  },
  {
    defence: "a call is recorded of a user of its own organization only",
    file: `${FUNCTIONS}/hold_mcp_callers.sql`,
    find: "on holder.id = entry.mcp_server_user_id and holder.organization_id = entry.organization_id",
    replace: "on holder.id = entry.mcp_server_user_id",
    tests: [BELONGS],
  },
  {
    defence: "a call of an unknown user is left out",
    file: `${FUNCTIONS}/hold_mcp_callers.sql`,
    find: "where entry.mcp_server_user_id is null or holder.id is not null",
    replace: "where true",
    tests: [BELONGS],
  },
  {
    defence: "a text for a number spoils no batch",
    file: `${FUNCTIONS}/is_mcp_call.sql`,
    find: "    and jsonb_typeof(p_element -> 'milliseconds') = 'number'\n",
    replace: "",
    tests: [BELONGS],
  },
  {
    defence: "a time that is none spoils no batch",
    file: `${FUNCTIONS}/is_mcp_call.sql`,
    find: "    and p_element ->> 'started_at'\n      ~ '^2",
    replace: "    and p_element ->> 'started_at' is not null or p_element ->> 'started_at'\n      ~ '^2",
    tests: [BELONGS],
  },
  {
    defence: "a name of a megabyte is cut",
    file: `${FUNCTIONS}/read_mcp_calls.sql`,
    find: "left(v_element ->> 'name', 256)",
    replace: "v_element ->> 'name'",
    tests: [BELONGS],
  },
  {
    defence: "a batch without end is read in part",
    file: `${FUNCTIONS}/read_mcp_calls.sql`,
    find: "element.ordinality <= 1000 and ",
    replace: "",
    tests: [BELONGS],
  },
  {
    defence: "payloads are kept only where the server says so",
    file: `${FUNCTIONS}/hold_mcp_callers.sql`,
    find: "if v_held.record_payloads <> 'all' or ",
    replace: "if ",
    tests: [RECORDS],
  },
  {
    defence: "a payload that is too long spoils no batch",
    file: `${FUNCTIONS}/hold_mcp_callers.sql`,
    find: " or octet_length(v_entry.arguments::text) > 16384",
    replace: "",
    tests: [RECORDS],
  },
  {
    defence: "a tool's many users make no batch of calls dear",
    file: `${FUNCTIONS}/sum_mcp_calls.sql`,
    find: "known.tool_key = md5(entry.mcp_server_id || ' ' || entry.method || ' ' || entry.name)::uuid",
    replace:
      "known.mcp_server_id = entry.mcp_server_id and known.method = entry.method and known.name = entry.name",
    tests: [POPULAR],
  },
  {
    defence: "a call names a session of its own person only",
    file: `${FUNCTIONS}/insert_mcp_calls.sql`,
    find: "    and history.mcp_server_user_id = entry.mcp_server_user_id\n",
    replace: "",
    tests: [RECORDS],
  },
  {
    defence: "a call is recorded no longer than its retention",
    file: `${FUNCTIONS}/insert_mcp_calls.sql`,
    find: "    and entry.keep_until >= (now() at time zone 'UTC')::date\n",
    replace: "",
    tests: [RECORDS],
  },
  {
    defence: "invented names are counted as others",
    file: `${FUNCTIONS}/name_mcp_calls.sql`,
    find: "ranked.taken[2] + ranked.place_of_failing > v_of_failing",
    replace: "false",
    tests: [BOUNDS],
  },
  {
    defence: "names are bounded even where they succeed",
    file: `${FUNCTIONS}/name_mcp_calls.sql`,
    find: "where ranked.taken[1] + ranked.place > v_of_all",
    replace: "where false",
    tests: [BOUNDS],
  },
  {
    defence: "parallel batches take no more names together",
    file: `${FUNCTIONS}/name_mcp_calls.sql`,
    find: "perform pg_advisory_xact_lock(hashtextextended('names of calls ' || server_id, 0))",
    replace: "perform 1",
    tests: [BOUNDS],
  },
  {
    defence: "a person has a number of recorded calls a day",
    file: `${FUNCTIONS}/insert_mcp_calls.sql`,
    find: "activity.last_day_calls <= case when entry.is_known then v_of_user else v_of_visitor end",
    replace: "true",
    tests: [BOUNDS],
  },
  {
    defence: "callers whom nobody knows have a number of recorded calls a day",
    file: `${FUNCTIONS}/insert_mcp_calls.sql`,
    find: "when entry.mcp_server_user_id is null then v_of_unknown > (",
    replace: "when entry.mcp_server_user_id is null then -1 < (",
    tests: [BOUNDS],
  },
  {
    defence: "a person counts once in a day, a week and a month",
    file: `${FUNCTIONS}/count_active_users.sql`,
    find: "        and counted.day between time.starts_on and time.ends_on\n",
    replace: "        and false\n",
    tests: [COUNTS],
  },
  {
    defence: "whoever comes back is one user of a tool",
    file: `${FUNCTIONS}/sum_mcp_calls.sql`,
    find: "seen.former_day, seen.method, seen.name, -1 from seen",
    replace: "seen.former_day, seen.method, seen.name, 0 from seen",
    tests: [COUNTS],
  },
  {
    defence: "recording waits for nobody who deletes a user",
    file: `${FUNCTIONS}/hold_mcp_callers.sql`,
    find: "      order by holder.id\n      for key share skip locked\n",
    replace: "      order by holder.id\n      for key share\n",
    tests: [HOLDS],
  },
  {
    defence: "an erasure waits for calls that are being recorded",
    file: `${FUNCTIONS}/hold_mcp_callers.sql`,
    find: "      order by holder.id\n      for key share skip locked\n",
    replace: "      order by holder.id\n",
    tests: [HOLDS],
  },
  {
    defence: "a login that takes a visitor over waits for calls that are being recorded",
    file: `${FUNCTIONS}/merge_tracked_user.sql`,
    find: "  perform from public.mcp_server_user as tracked where tracked.id = v_tracked.id for update;\n",
    replace: "",
    tests: [HOLDS],
  },
  {
    defence: "a merge waits for calls that are being recorded",
    file: `${FUNCTIONS}/merge_mcp_server_users.sql`,
    find: "  perform from public.mcp_server_user as holder where holder.id = v_merged.id for update;\n",
    replace: "",
    tests: [HOLDS],
  },
  {
    defence: "an erasure takes the recorded calls",
    file: `${FUNCTIONS}/erase_mcp_server_user.sql`,
    find:
      "where recorded.organization_id = v_user.organization_id and recorded.mcp_server_user_id = v_user.id;\n  get",
    replace: "where false;\n  get",
    tests: [ERASES],
  },
  {
    defence: "an erasure takes the person out of the counts",
    file: `${FUNCTIONS}/forget_mcp_callers.sql`,
    find: "and counted.mcp_server_user_id = gone.mcp_server_user_id",
    replace: "and false",
    tests: [ERASES],
  },
  {
    defence: "what an erased person did stays counted",
    file: `${FUNCTIONS}/forget_mcp_callers.sql`,
    find: "    set calls = counted.calls + excluded.calls,\n",
    replace: "    set calls = counted.calls,\n",
    tests: [ERASES],
  },
  {
    defence: "a merge that is taken back gives the calls back",
    file: `${FUNCTIONS}/move_mcp_calls.sql`,
    find: "and (p_of_merge_id is null or recorded.merge_id = p_of_merge_id);",
    replace: "and p_of_merge_id is null;",
    tests: [MERGES],
  },
  {
    defence: "a merge that is taken back leaves the calls since then",
    file: `${FUNCTIONS}/move_mcp_calls.sql`,
    find: "      and (p_of_merge_id is null or counted.merge_id = p_of_merge_id)\n",
    replace: "",
    tests: [MERGES],
  },
  {
    defence: "a call without a partition is recorded",
    file: "supabase/schemas/tables/mcp_calls.sql",
    find: "create table gatepost_calls.rest partition of public.mcp_calls default;",
    replace:
      "create table gatepost_calls.rest partition of public.mcp_calls for values from ('2000-01-01') to ('2000-01-02');",
    tests: [DAYS],
  },
  {
    defence: "a day of calls goes when it is over and not before",
    file: `${FUNCTIONS}/keep_call_partitions.sql`,
    find: "partition.relname < 'until_'",
    replace: "partition.relname <= 'until_'",
    tests: [DAYS],
  },
  {
    defence: "calls that somebody reads keep the clean-up from nothing else",
    file: `${FUNCTIONS}/keep_call_partitions.sql`,
    find: "  when lock_not_available then\n    null;\n",
    replace: "  when division_by_zero then\n    null;\n",
    tests: [DAYS],
  },
  {
    defence: "a new partition has row level security",
    file: `${FUNCTIONS}/keep_call_partitions.sql`,
    find: "execute format('alter table gatepost_calls.%I enable row level security', v_name);",
    replace: "",
    tests: [DAYS],
  },
  {
    defence: "a forgotten visitor is forgotten in the counts",
    file: `${FUNCTIONS}/purge_expired.sql`,
    find: "p_organization_ids => v_organization_ids, p_mcp_server_user_ids => v_visitor_ids",
    replace: "p_organization_ids => null, p_mcp_server_user_ids => null",
    tests: [DAYS],
  },
  {
    defence: "members read calls of their organization only",
    file: "supabase/schemas/tables/mcp_calls.sql",
    find: "using (organization_id = any (array(select public.organizations_of_platform_user())));",
    replace: "using (true);",
    tests: ["tests/sql/views/calls_stay_in_their_organization_test.ts"],
  },
  {
    defence: "a path to redact is a path",
    file: `${FUNCTIONS}/are_redacted_paths.sql`,
    find: "      and path ~ ",
    replace: "      or path ~ ",
    tests: ["tests/sql/save_mcp_server/refuses_paths_that_lead_nowhere_test.ts"],
  },
];
