/**
 * What a database's catalogue says of the schema `public`, as comparable facts.
 *
 * One line a fact: of tables, sequences and types, columns, constraints,
 * indexes, policies, triggers and functions, with owners, privileges, defaults
 * and comments. The order of columns is no fact: a step adds them at the end.
 *
 * @module
 */

import type { Database } from "../../local/database/connect.ts";

/** Facts that two catalogues do not share. */
export interface CatalogueDifference {
  onlyInFirst: string[];
  onlyInSecond: string[];
}

/** Who may do what, as text: PUBLIC and the default privileges included. */
function privileges(acl: string): string {
  return `(
    select string_agg(
      concat_ws(' ', entry.privilege_type, 'to', coalesce(nullif(entry.grantee, 0)::regrole::text, 'PUBLIC'),
        case when entry.is_grantable then 'grantable' end),
      ', ' order by nullif(entry.grantee, 0)::regrole::text, entry.privilege_type
    ) from aclexplode(${acl}) as entry
  )`;
}

const CATALOGUE = `
select 'schema' as kind, nspname::text as name, jsonb_build_object(
  'owner', nspowner::regrole,
  'privileges', ${privileges("coalesce(nspacl, acldefault('n', nspowner))")},
  'comment', obj_description(oid, 'pg_namespace')
) as facts
from pg_namespace where nspname = 'public'

union all
select 'default privileges', format('%s %s', defaclrole::regrole, defaclobjtype), jsonb_build_object(
  'privileges', ${privileges("defaclacl")}
)
from pg_default_acl where defaclnamespace = 'public'::regnamespace

union all
select 'relation', relation.oid::regclass::text, jsonb_build_object(
  'kind', relkind,
  'persistence', relpersistence,
  'owner', relowner::regrole,
  'privileges', ${
  privileges("coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::\"char\", relowner))")
},
  'row level security', relrowsecurity,
  'forced on the owner', relforcerowsecurity,
  'options', reloptions,
  'definition', case when relkind in ('v', 'm') then pg_get_viewdef(relation.oid) end,
  'sequence', (select to_jsonb(sequence) - 'seqrelid' from pg_sequence as sequence where seqrelid = relation.oid),
  'comment', obj_description(relation.oid, 'pg_class')
)
from pg_class as relation
where relnamespace = 'public'::regnamespace and relkind not in ('i', 'I', 't')

union all
select 'column', format('%s.%s', attrelid::regclass, attname), jsonb_build_object(
  'type', format_type(atttypid, atttypmod),
  'collation', nullif(attcollation, 0)::regcollation,
  'not null', attnotnull,
  'default', pg_get_expr(adbin, adrelid),
  'identity', attidentity,
  'generated', attgenerated,
  'privileges', ${privileges("attacl")},
  'comment', col_description(attrelid, attnum)
)
from pg_attribute
join pg_class as relation on relation.oid = attrelid
left join pg_attrdef on adrelid = attrelid and adnum = attnum
where relnamespace = 'public'::regnamespace and relkind not in ('i', 'I', 't', 'S') and attnum > 0 and not attisdropped

union all
select 'constraint', format('%s.%s', conrelid::regclass, conname), jsonb_build_object(
  'definition', pg_get_constraintdef(oid),
  'comment', obj_description(oid, 'pg_constraint')
)
from pg_constraint where connamespace = 'public'::regnamespace

union all
select 'index', indexrelid::regclass::text, jsonb_build_object(
  'definition', pg_get_indexdef(indexrelid),
  'valid', indisvalid,
  'comment', obj_description(indexrelid, 'pg_class')
)
from pg_index
join pg_class as relation on relation.oid = indexrelid
where relnamespace = 'public'::regnamespace

union all
select 'policy', format('%s.%s', polrelid::regclass, polname), jsonb_build_object(
  'command', polcmd,
  'permissive', polpermissive,
  'roles', (select string_agg(coalesce(nullif(role, 0)::regrole::text, 'PUBLIC'), ', ') from unnest(polroles) as role),
  'using', pg_get_expr(polqual, polrelid),
  'check', pg_get_expr(polwithcheck, polrelid),
  'comment', obj_description(policy.oid, 'pg_policy')
)
from pg_policy as policy
join pg_class as relation on relation.oid = polrelid
where relnamespace = 'public'::regnamespace

union all
select 'trigger', format('%s.%s', tgrelid::regclass, tgname), jsonb_build_object(
  'definition', pg_get_triggerdef(trigger.oid),
  'enabled', tgenabled
)
from pg_trigger as trigger
join pg_class as relation on relation.oid = tgrelid
where relnamespace = 'public'::regnamespace and not tgisinternal

union all
select 'function', oid::regprocedure::text, jsonb_build_object(
  'definition', case when prokind <> 'a' then pg_get_functiondef(oid) end,
  'owner', proowner::regrole,
  'privileges', ${privileges("coalesce(proacl, acldefault('f', proowner))")},
  'comment', obj_description(oid, 'pg_proc')
)
from pg_proc where pronamespace = 'public'::regnamespace

union all
select 'type', oid::regtype::text, jsonb_build_object(
  'kind', typtype,
  'owner', typowner::regrole,
  'privileges', ${privileges("coalesce(typacl, acldefault('T', typowner))")},
  'labels', (select jsonb_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = type.oid),
  'base', nullif(typbasetype, 0)::regtype,
  'default', typdefault,
  'comment', obj_description(oid, 'pg_type')
)
from pg_type as type where typnamespace = 'public'::regnamespace and typelem = 0`;

/** The facts of a database, in alphabetical order. */
export async function readCatalogue(database: Database): Promise<string[]> {
  const rows = await database.unsafe<{ kind: string; name: string; facts: object }[]>(CATALOGUE);
  return rows.map(({ kind, name, facts }) => `${kind} ${name} ${JSON.stringify(facts)}`).sort();
}

/** What is in one list of facts and not in the other. */
export function compareCatalogues(first: string[], second: string[]): CatalogueDifference {
  return {
    onlyInFirst: first.filter((fact) => !second.includes(fact)),
    onlyInSecond: second.filter((fact) => !first.includes(fact)),
  };
}
