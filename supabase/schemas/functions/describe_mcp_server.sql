-- describe_mcp_server: a server as the functions receive it.
--
-- Caller    the RPCs that answer for one server
-- Rights    invoker, granted to nobody
create function public.describe_mcp_server(p_server public.mcp_servers)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', p_server.id,
    'organization_id', p_server.organization_id,
    'slug', p_server.slug,
    'name', p_server.name,
    'auth_type', p_server.auth_type,
    'upstream_url', p_server.upstream_url,
    'upstream_authorization', p_server.upstream_authorization,
    'resource', p_server.resource,
    'scopes_supported', p_server.scopes_supported,
    'required_scopes', p_server.required_scopes,
    'scope_rules', p_server.scope_rules,
    'scope_hierarchy', p_server.scope_hierarchy,
    'access_token_seconds', p_server.access_token_seconds,
    'refresh_token_seconds', p_server.refresh_token_seconds,
    'registration_policy', p_server.registration_policy,
    'registration_redirect_hosts', p_server.registration_redirect_hosts,
    'metadata_document_policy', p_server.metadata_document_policy,
    'metadata_document_hosts', p_server.metadata_document_hosts
  )
$$;

revoke all on function public.describe_mcp_server from public, anon, authenticated, service_role;
