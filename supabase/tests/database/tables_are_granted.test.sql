-- What may be done with tables: platform users select, past every secret column; all others do nothing.

begin;
set local client_min_messages = warning;
create extension if not exists pgtap with schema extensions;
\ir two_organizations.psql
\ir rights.psql

-- A view of several tables refuses a change before it asks for a right.
create temporary table every_table as
select relname::text as name, case relkind when 'v' then null else '42501' end as refusal from pg_catalog.pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f');
grant select on every_table to public;

select plan((5 + 6 * (select count(*) from every_table) + 2 * (select count(*) from secret))::integer);

select is_empty(
  $$
    select relation.relname, acl.privilege_type
    from pg_catalog.pg_class as relation, aclexplode(relation.relacl) as acl
    where relation.relnamespace = 'public'::regnamespace and acl.grantee = 0
  $$,
  'PUBLIC may do nothing with any table or sequence'
);
select is_empty(
  $$
    select relname from pg_catalog.pg_class join every_table on relname = name and relnamespace = 'public'::regnamespace
    where not (relrowsecurity or coalesce('security_invoker=true' = any (reloptions), false))
  $$,
  'every table has row level security, and every view reads with it'
);
select is_empty(
  $$
    select tablename, policyname from pg_catalog.pg_policies
    where schemaname = 'public' and (cmd <> 'SELECT' or roles <> array['authenticated']::name[])
  $$,
  'every policy is for reading, by platform users'
);

select table_privs_are('public', name, 'anon', array[]::text[], format('anon may do nothing with %s', name))
from every_table;
select table_privs_are('public', name, 'service_role', array[]::text[], format('service_role may do nothing with %s', name))
from every_table;
select set_eq(
  $$
    select relname::text || '.' || attname from pg_catalog.pg_attribute join pg_catalog.pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and attnum > 0
      and not attisdropped and has_any_column_privilege('authenticated', attrelid, 'select')
      and not has_column_privilege('authenticated', attrelid, attnum, 'select')
  $$,
  $$ select table_name || '.' || column_name from secret $$,
  'of the tables that a platform user may read, these columns are left out'
);
select set_eq(
  $$ select name from every_table where not has_any_column_privilege('authenticated', 'public.' || name, 'select') $$,
  'select table_name from unreadable',
  'a platform user may read nothing of these tables'
);

select pg_temp.become('owner');
select throws_ok(
  format('select %I from public.%I', column_name, table_name),
  '42501', null, format('an owner may not read %s.%s', table_name, column_name)
) from secret;
select throws_ok(
  format('select from public.%I where %I is null', table_name, column_name),
  '42501', null, format('an owner may not search by %s.%s', table_name, column_name)
) from secret;
select throws_ok(
  format('delete from public.%I', name), refusal, null, format('an owner may not delete from %s', name)
) from every_table;
select throws_ok(
  format('insert into public.%I default values', name), refusal, null, format('an owner may not insert into %s', name)
) from every_table;

select pg_temp.become('service_role');
select throws_ok(
  format('select from public.%I', name), '42501', null, format('service_role may not read %s', name)
) from every_table;
select throws_ok(
  format('delete from public.%I', name), refusal, null, format('service_role may not delete from %s', name)
) from every_table;

select * from finish();
rollback;
