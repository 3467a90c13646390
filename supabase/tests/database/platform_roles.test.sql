-- What owners, admins and members may do in their organization, and that nobody may do it in another's.

begin;
set local client_min_messages = warning;
create extension if not exists pgtap with schema extensions;
\ir two_organizations.psql

-- try_as: the outcome of a call that is undone, as somebody; "refused" where the right to call it is missing.
create function pg_temp.try_as(p_name text, p_call text) returns text language plpgsql as $$
declare
  v_outcome text;
begin
  perform pg_temp.become(p_name);
  begin
    execute 'select outcome from public.' || p_call into v_outcome;
    raise exception using errcode = 'GP000', message = 'undone';
  exception
    when sqlstate 'GP000' then null;
    when insufficient_privilege then v_outcome := 'refused';
  end;
  perform pg_temp.become('postgres');
  return v_outcome;
end
$$;

create function pg_temp.id_of(p_name text) returns uuid language sql as $$
  select id from pg_temp.platform_users where name = p_name
$$;

select public.save_deployment_settings(p_organization_founding => 'open');
create temporary table calls (
  call text, on_owner text, on_admin text, on_member text, on_stranger text
);
insert into calls values
  ($$create_organization('New')$$, 'created', 'created', 'created', 'created'),
  ($$save_organization('org_ours', p_name => 'Renamed')$$, 'saved', 'forbidden', 'forbidden', 'unknown_organization'),
  ($$delete_organization('org_ours')$$, 'deleted', 'forbidden', 'forbidden', 'unknown_organization'),
  ($$invite_organization_member('org_ours', 'new@example.com', 'admin')$$,
    'invited', 'invited', 'forbidden', 'unknown_organization'),
  ($$invite_organization_member('org_ours', 'new@example.com', 'owner')$$,
    'invited', 'forbidden', 'forbidden', 'unknown_organization'),
  ($$revoke_organization_invitation('inv_ours')$$, 'revoked', 'revoked', 'forbidden', 'unknown_invitation'),
  ($$accept_organization_invitation('inv_ours')$$,
    'unknown_invitation', 'unknown_invitation', 'unknown_invitation', 'unknown_invitation'),
  ($$decline_organization_invitation('inv_ours')$$,
    'unknown_invitation', 'unknown_invitation', 'unknown_invitation', 'unknown_invitation'),
  (format($$save_organization_member('org_ours', %L, 'admin')$$, pg_temp.id_of('member')),
    'saved', 'saved', 'forbidden', 'unknown_organization'),
  (format($$save_organization_member('org_ours', %L, 'member')$$, pg_temp.id_of('nobody')),
    'unknown_user', 'unknown_user', 'forbidden', 'unknown_organization'),
  (format($$save_organization_member('org_ours', %L, 'admin')$$, pg_temp.id_of('nobody')),
    'unknown_user', 'unknown_user', 'forbidden', 'unknown_organization'),
  (format($$save_organization_member('org_ours', %L, 'owner')$$, pg_temp.id_of('nobody')),
    'unknown_user', 'forbidden', 'forbidden', 'unknown_organization'),
  (format($$remove_organization_member('org_ours', %L)$$, pg_temp.id_of('admin')),
    'removed', 'removed', 'forbidden', 'unknown_organization'),
  (format($$remove_organization_member('org_ours', %L)$$, pg_temp.id_of('owner')),
    'last_owner', 'forbidden', 'forbidden', 'unknown_organization'),
  ($$save_oauth_config(
      p_organization_id => 'org_ours', p_name => 'New', p_issuer => 'https://new.example.com',
      p_client_id => 'gatepost', p_token_endpoint_auth_method => 'none')$$,
    'created', 'created', 'forbidden', 'unknown_organization'),
  ($$begin_config_check(p_oauth_config_id => 'coac_ours')$$, 'begun', 'begun', 'forbidden', 'unknown_config'),
  ($$begin_config_check(p_organization_id => 'org_ours')$$, 'begun', 'begun', 'forbidden', 'unknown_organization'),
  ($$save_oauth_config(p_id => 'coac_ours', p_name => 'Renamed')$$,
    'saved', 'saved', 'forbidden', 'unknown_config'),
  ($$save_mcp_server(
      p_organization_id => 'org_ours', p_slug => 'new', p_name => 'New', p_custom_oauth_config_id => 'coac_ours',
      p_upstream_url => 'https://new.example.com/mcp')$$,
    'created', 'created', 'forbidden', 'unknown_organization'),
  ($$save_mcp_server(p_id => 'mcps_ours', p_name => 'Renamed')$$,
    'saved', 'saved', 'forbidden', 'unknown_server'),
  ($$save_mcp_server(p_id => 'mcps_ours', p_custom_oauth_config_id => 'coac_theirs')$$,
    'unknown_config', 'unknown_config', 'forbidden', 'unknown_server'),
  ($$delete_oauth_config('coac_ours')$$,
    'in_use', 'in_use', 'forbidden', 'unknown_config'),
  ($$delete_mcp_server('mcps_ours')$$,
    'deleted', 'deleted', 'forbidden', 'unknown_server'),
  ($$block_mcp_server_user('mcpu_ours', true)$$,
    'blocked', 'blocked', 'forbidden', 'unknown_user'),
  ($$revoke_mcp_server_user_tokens('mcpu_ours')$$,
    'revoked', 'revoked', 'forbidden', 'unknown_user'),
  ($$revoke_mcp_connection('mcpu_ours', 'mcr_ours')$$,
    'revoked', 'revoked', 'forbidden', 'unknown_connection'),
  ($$revoke_mcp_connection('mcpu_ours', 'mcr_theirs')$$,
    'unknown_connection', 'unknown_connection', 'unknown_connection', 'unknown_connection'),
  ($$revoke_mcp_client_connections('mcr_ours')$$,
    'revoked', 'revoked', 'forbidden', 'unknown_client'),
  ($$revoke_mcp_server_connections('mcps_ours')$$,
    'revoked', 'revoked', 'forbidden', 'unknown_server'),
  ($$revoke_organization_connections('org_ours')$$,
    'revoked', 'revoked', 'forbidden', 'unknown_organization'),
  ($$export_mcp_server_user('mcpu_ours')$$,
    'exported', 'exported', 'forbidden', 'unknown_user'),
  ($$erase_mcp_server_user('mcpu_ours')$$,
    'erased', 'erased', 'forbidden', 'unknown_user'),
  ($$move_oauth_config_issuer('coac_ours', 'https://new.example.com', false)$$,
    'moved', 'moved', 'forbidden', 'unknown_config'),
  ($$merge_mcp_server_users('mcpu_ours', 'mcpu_ours')$$,
    'same_user', 'same_user', 'forbidden', 'unknown_user'),
  ($$merge_mcp_server_users('mcpu_ours', 'mcpu_theirs')$$,
    'unknown_user', 'unknown_user', 'unknown_user', 'unknown_user'),
  ($$unmerge_mcp_server_users('mrg_ours')$$,
    'taken_back', 'taken_back', 'forbidden', 'unknown_merge'),
  ($$delete_mcp_server_user('mcpu_ours')$$,
    'deleted', 'deleted', 'forbidden', 'unknown_user'),
  ($$create_mcp_client('mcps_ours', 'New', array['https://client.example.com/callback'], true)$$,
    'created', 'created', 'forbidden', 'unknown_server'),
  ($$delete_mcp_client('mcr_ours')$$,
    'deleted', 'deleted', 'forbidden', 'unknown_client'),
  ($$create_mcp_resource_server('mcps_ours', 'New')$$,
    'created', 'created', 'forbidden', 'unknown_server'),
  ($$delete_mcp_resource_server('mrs_ours')$$,
    'deleted', 'deleted', 'forbidden', 'unknown_resource_server');

update calls set call = regexp_replace(call, '\s+', ' ', 'g');

select plan((1 + 7 * count(*))::integer) from calls;

select set_eq(
  $$
    select proname::text from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', oid, 'execute')
      and not proretset
  $$,
  $$ select distinct split_part(call, '(', 1) from calls $$,
  'every call of platform users is tried'
);
select is(pg_temp.try_as('owner', call), on_owner, 'as an owner, ' || call) from calls;
select is(pg_temp.try_as('admin', call), on_admin, 'as an admin, ' || call) from calls;
select is(pg_temp.try_as('member', call), on_member, 'as a member, ' || call) from calls;
select is(pg_temp.try_as('stranger', call), on_stranger, 'as the owner of another organization, ' || call) from calls;
select is(pg_temp.try_as('nobody', call), on_stranger, 'as somebody who belongs nowhere, ' || call) from calls;
select is(pg_temp.try_as('anon', call), 'refused', 'as anon, ' || call) from calls;
select is(pg_temp.try_as('service_role', call), 'refused', 'as service_role, ' || call) from calls;

select * from finish();
rollback;
