-- describe_mcp_server: a server as the functions receive it: its columns but the secret one and the bookkeeping.
--
-- Beside them stands what pages say of its organization.
--
-- A new setting is a new column and reaches the functions without a change here.
--
-- Caller    the RPCs that answer for one server
-- Rights    invoker, granted to nobody
create function public.describe_mcp_server(p_server public.mcp_servers)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return to_jsonb(p_server) - array[
    'initial_access_token_hash', 'custom_oauth_config_id', 'config_owner_id', 'created_at', 'updated_at', 'disabled_at'
  ] || (
    select jsonb_build_object('organization_name', organization.name, 'organization_logo', organization.logo_version)
    from public.organizations as organization
    where organization.id = p_server.organization_id
  );
end
$$;

revoke all on function public.describe_mcp_server from public, anon, authenticated, service_role;
