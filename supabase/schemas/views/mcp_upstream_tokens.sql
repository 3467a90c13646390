-- mcp_upstream_tokens: whose tokens of a provider are kept, when they were renewed and when refused.
--
-- No token stands here. refused_at says since when the provider refuses to renew
-- it, without saying that the login is over.
--
-- Readers   members, as authenticated
create view public.mcp_upstream_tokens with (security_invoker = true) as
select
  upstream.organization_id,
  upstream.id as upstream_token_id,
  upstream.mcp_server_user_id,
  person.email,
  upstream.oauth_config_id,
  config.name as provider,
  upstream.scope as scopes,
  upstream.created_at as obtained_at,
  upstream.refreshed_at as renewed_at,
  upstream.expires_at,
  upstream.refusals,
  upstream.first_refused_at as refused_at,
  upstream.ended_at,
  upstream.ended_reason as reason
from public.upstream_oauth_tokens as upstream
join public.mcp_server_user as person on person.id = upstream.mcp_server_user_id
left join public.custom_oauth_configs as config on config.id = upstream.oauth_config_id;

revoke all on public.mcp_upstream_tokens from public, anon, authenticated, service_role;
grant select on public.mcp_upstream_tokens to authenticated;
