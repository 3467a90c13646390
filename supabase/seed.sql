-- The demo organization: one provider, one MCP server behind it.
--
-- `deno task start` points the provider and the server at the ones it runs.
-- With `supabase start` put your own issuer, client id and MCP URL here.

insert into public.organizations (id, name)
values ('org_demo', 'Demo organization');

insert into public.custom_oauth_configs
  (id, organization_id, name, issuer, client_id, token_endpoint_auth_method, scopes, authorization_parameters)
values (
  'coac_demo', 'org_demo', 'Demo provider', 'http://127.0.0.1:54390', 'gatepost', 'none',
  array['openid', 'email', 'profile', 'offline_access'], '{"prompt": "consent"}'
);

insert into public.mcp_servers (id, organization_id, slug, name, custom_oauth_config_id, upstream_url)
values ('mcps_demo', 'org_demo', 'demo', 'Demo MCP server', 'coac_demo', 'http://127.0.0.1:54391/mcp');

-- Whoever tries the demo may found an organization; a deployment leaves this closed until its operator opens it.
select public.save_deployment_settings(p_organization_founding => 'open', p_organizations_per_founder => 20);
