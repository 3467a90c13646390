-- mcp_server_settings: the MCP servers of an organization, with all settings but the initial access token.
--
-- Readers   members, as authenticated
create view public.mcp_server_settings with (security_invoker = true) as
select
  server.organization_id,
  server.id as mcp_server_id,
  server.slug,
  server.name,
  server.auth_type,
  server.custom_oauth_config_id as oauth_config_id,
  config.name as provider,
  server.upstream_url,
  server.upstream_authorization,
  server.resource,
  server.scopes_supported,
  server.required_scopes,
  server.scope_rules,
  server.scope_hierarchy,
  server.scope_descriptions,
  server.access_token_seconds,
  server.refresh_token_seconds,
  server.registration_policy,
  server.registration_redirect_hosts,
  server.metadata_document_policy,
  server.metadata_document_hosts,
  server.record_payloads,
  server.redacted_paths,
  server.disabled_at,
  server.created_at,
  server.updated_at
from public.mcp_servers as server
left join public.custom_oauth_configs as config on config.id = server.custom_oauth_config_id;

revoke all on public.mcp_server_settings from public, anon, authenticated, service_role;
grant select on public.mcp_server_settings to authenticated;
