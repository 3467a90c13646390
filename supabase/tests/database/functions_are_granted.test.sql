-- Who may execute which function: each has one caller, and what is not listed is executed by its owner only.

begin;
set local client_min_messages = warning;
create extension if not exists pgtap with schema extensions;
\ir two_organizations.psql
\ir rights.psql

select plan(8);

select set_eq(
  $$
    select role, proname::text
    from pg_catalog.pg_proc, unnest(array['anon', 'authenticated', 'service_role', 'gatepost_functions']) as role
    where pronamespace = 'public'::regnamespace and has_function_privilege(role, pg_proc.oid, 'execute')
  $$,
  'select role, name from executable',
  'each role may execute what is listed for it, and nothing else'
);
select is_empty(
  $$
    select proname
    from pg_catalog.pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) as acl
    where pronamespace = 'public'::regnamespace and acl.grantee = 0
  $$,
  'PUBLIC may execute nothing'
);
select is_empty(
  $$
    select proname from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace and not coalesce('search_path=""' = any (proconfig), false)
  $$,
  'every function pins its search path'
);
select set_eq(
  $$ select proname::text from pg_catalog.pg_proc where pronamespace = 'public'::regnamespace and prosecdef $$,
  'select name from executable',
  'what is granted runs as definer, and nothing else does'
);

select pg_temp.become('owner');
select throws_ok(
  $$ select public.find_mcp_server('ours') $$, '42501', null, 'an owner may not call the functions'' door'
);
select pg_temp.become('anon');
select throws_ok(
  $$ select public.find_mcp_server('ours') $$, '42501', null, 'anon may not call the functions'' door'
);
select throws_ok(
  $$ select public.create_organization('New') $$, '42501', null, 'anon may not call what platform users call'
);
select pg_temp.become('service_role');
select throws_ok(
  $$ select public.create_organization('New') $$, '42501', null, 'service_role may not call what platform users call'
);

select * from finish();
rollback;
