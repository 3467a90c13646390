-- Who may execute which function: each has one caller, and what is not listed is executed by its owner only.

begin;
set local client_min_messages = warning;
create extension if not exists pgtap with schema extensions;
\ir two_organizations.psql

create temporary table executable (role text, name text);
insert into executable
select 'service_role', unnest(array[
  'begin_authorization', 'claim_authorization_session', 'complete_authorization', 'end_upstream_token',
  'fail_authorization_session', 'find_mcp_client', 'find_mcp_server', 'introspect_own_token', 'introspect_token',
  'lease_upstream_refresh', 'open_anonymous_call',
  'open_authorization_session', 'open_mcp_call', 'provision_mcp_server_user', 'purge_expired', 'read_userinfo',
  'redeem_authorization_code', 'refresh_user_profile', 'register_mcp_client', 'release_upstream_refresh',
  'reseal_oauth_config', 'reseal_upstream_token', 'revoke_token', 'rotate_refresh_token', 'store_upstream_refresh',
  'track_mcp_server_user'
])
union all
select 'authenticated', unnest(array[
  'block_mcp_server_user', 'create_mcp_client', 'create_mcp_resource_server', 'create_organization',
  'delete_mcp_client', 'delete_mcp_resource_server', 'delete_mcp_server', 'delete_mcp_server_user', 'delete_oauth_config', 'organizations_of_platform_user',
  'remove_organization_member', 'revoke_mcp_server_user_tokens', 'save_mcp_server', 'save_oauth_config',
  'save_organization_member'
]);

select plan(8);

select set_eq(
  $$
    select role, proname::text
    from pg_catalog.pg_proc, unnest(array['anon', 'authenticated', 'service_role']) as role
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
