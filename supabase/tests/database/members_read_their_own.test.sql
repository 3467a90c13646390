-- Members read the rows of their organization, of every table that is readable at all, and of no other organization.

begin;
set local client_min_messages = warning;
create extension if not exists pgtap with schema extensions;
\ir two_organizations.psql

create temporary table readable as
select relname::text as name, case relname when 'organizations' then 'id' else 'organization_id' end as key
from pg_catalog.pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
  and has_any_column_privilege('authenticated', oid, 'select');
grant select on readable to public;

select plan((1 + 7 * count(*))::integer) from readable;

select pg_temp.become('owner');
select set_eq(format('select %I from public.%I', key, name), array['org_ours'], format('an owner reads %s', name))
from readable;
select is_empty(
  format('select from public.%I where %I = %L', name, key, 'org_theirs'),
  format('an owner who asks for it reads nothing of another organization in %s', name)
) from readable;

select pg_temp.become('admin');
select set_eq(format('select %I from public.%I', key, name), array['org_ours'], format('an admin reads %s', name))
from readable;

select pg_temp.become('member');
select set_eq(format('select %I from public.%I', key, name), array['org_ours'], format('a member reads %s', name))
from readable;

select pg_temp.become('stranger');
select set_eq(
  format('select %I from public.%I', key, name),
  array['org_theirs'],
  format('the owner of another organization reads its own %s', name)
) from readable;

select pg_temp.become('nobody');
select is_empty(format('select from public.%I', name), format('who belongs nowhere reads nothing of %s', name))
from readable;

select pg_temp.become('anon');
select throws_ok(format('select from public.%I', name), '42501', null, format('anon may not read %s', name))
from readable;

select pg_temp.become('postgres');
delete from public.organization_members using platform_users
where user_id = id and name = 'member';
select pg_temp.become('member');
select is_empty('select from public.organizations', 'who has left reads nothing any more');

select * from finish();
rollback;
