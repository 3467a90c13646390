/**
 * The tables that platform users read, as the catalogue has them.
 *
 * A table that is added is in every test of row level security from then on.
 *
 * @module
 */

import type { Sql } from "./database.ts";

/** A table or a view of which `authenticated` may select something. */
export interface ReadableTable {
  name: string;
  isView: boolean;
  /** The column that says whose a row is. */
  key: string;
  /** The columns that may be selected. */
  columns: string[];
}

/** Lists them in alphabetical order. */
export async function listReadableTables(owner: Sql): Promise<ReadableTable[]> {
  return await owner<ReadableTable[]>`
    select relname::text as name, relkind = 'v' as "isView",
      case relname when 'organizations' then 'id' else 'organization_id' end as key,
      array_agg(attname::text) as columns
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_attribute on attrelid = relation.oid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
      and attnum > 0 and not attisdropped and has_column_privilege('authenticated', attrelid, attnum, 'select')
    group by relname, relkind
    order by relname`;
}
