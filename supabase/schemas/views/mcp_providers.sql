-- mcp_providers: the providers of an organization, with all settings but the secret.
--
-- refused_at says since when the provider refuses the client id or secret.
--
-- Readers   members, as authenticated
create view public.mcp_providers with (security_invoker = true) as
select
  config.organization_id,
  config.id as oauth_config_id,
  config.name,
  config.issuer,
  config.authorization_endpoint,
  config.token_endpoint,
  config.userinfo_endpoint,
  config.jwks_uri,
  config.revocation_endpoint,
  config.emails_endpoint,
  config.client_id,
  config.token_endpoint_auth_method,
  config.scopes,
  config.authorization_parameters,
  config.identity_source,
  config.subject_claim,
  config.allowed_tenants,
  config.link_verified_email,
  config.refresh_sends_scope,
  config.account_prompt,
  array(
    select server.slug from public.mcp_servers as server
    where server.organization_id = config.organization_id and server.custom_oauth_config_id = config.id
    order by server.slug
  ) as servers,
  config.client_refused_at as refused_at,
  config.client_refused_reason as refused_reason,
  config.disabled_at,
  config.created_at,
  config.updated_at
from public.custom_oauth_configs as config;

revoke all on public.mcp_providers from public, anon, authenticated, service_role;
grant select on public.mcp_providers to authenticated;
