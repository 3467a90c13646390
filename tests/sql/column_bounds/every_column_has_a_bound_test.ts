/**
 * Nobody stores more in a row than its table says.
 *
 * The columns are read from the catalogue: whoever adds one that holds texts,
 * lists or JSON finds this test failing until a check constraint bounds it.
 */

import { assertEquals } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

/** Columns without a bound of their own, and why they need none. */
const UNBOUNDED = [
  // Ids that Gatepost made, or copies of them: no foreign key, so that the row outlives what it names.
  /^(?!custom_oauth_configs)\w+\.(id|organization_id|mcp_server_id|mcp_server_user_id|merged_user_id)$/,
  /^\w+\.(mcp_client_registration_id|mcp_proxy_token_id|first_oauth_config_id)$/,
  /^mcp_calls\.(mcp_session_id|merge_id)$/,
  // Rows that were bounded where they stood before, and counts of calls that were.
  /^(mcp_call_days|mcp_call_sums|mcp_tool_users)\./,
  /^mcp_server_user_merges\.(merged_user|identities|session_ids)$/,
  // What the migration writes, and nobody else.
  /^row_bounds\./,
];

/** How a check constraint bounds a column, as the catalogue writes it. */
function isBound(column: string, check: string): boolean {
  return [
    `char_length\\(${column}\\) (<=|=) \\d+`,
    `char_length\\(${column}\\) >= \\d+\\) AND \\(char_length\\(${column}\\) <=`,
    `char_length\\(\\(${column}\\)::text\\)`,
    `octet_length\\(\\(${column}\\)::text\\) <=`,
    `octet_length\\(${column}\\) <=`,
    `pg_column_size\\(${column}\\) <=`,
    `are_redacted_paths\\(${column}\\)`,
    `is_web_url\\(${column}\\)`,
    `\\(${column} = ANY`,
    `\\(${column} ~ '\\^[^*+']*\\{0,\\d+\\}[^*+']*\\$'`,
  ].some((form) => new RegExp(form).test(check));
}

Deno.test("every column that holds texts, lists or JSON has a bound", async () => {
  const columns = await database.owner<{ place: string; name: string; checks: string[] }[]>`
    select relname || '.' || attname as place, attname::text as name, array(
      select pg_get_constraintdef(oid) from pg_catalog.pg_constraint
      where conrelid = attrelid and contype = 'c' and attnum = any (conkey)
    ) as checks
    from pg_catalog.pg_attribute join pg_catalog.pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and attnum > 0 and not attisdropped
      and attgenerated = '' and atttypid not in ('boolean'::regtype, 'integer'::regtype, 'bigint'::regtype,
        'uuid'::regtype, 'date'::regtype, 'timestamptz'::regtype, 'interval'::regtype)
      and not exists (
        select from pg_catalog.pg_constraint where conrelid = attrelid and contype = 'f' and attnum = any (conkey)
      )
    order by 1`;

  const unbounded = columns.filter(({ name, checks }) => !checks.some((check) => isBound(name, check)))
    .map(({ place }) => place)
    .filter((place) => !UNBOUNDED.some((reason) => reason.test(place)));

  assertEquals([columns.length > 100, unbounded], [true, []]);
});
