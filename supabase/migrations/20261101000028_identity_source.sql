-- identity_source: whose subjects a config's logins are counted among.
--
-- The platform's configs each have their own, so that their users stay apart
-- from any organization's. An organization's configs share the issuer's.
--
-- Caller    provision_mcp_server_user, refresh_user_profile
-- Rights    invoker, granted to nobody
create function public.identity_source(p_config public.custom_oauth_configs, p_upstream_issuer text)
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when p_config.organization_id is null then p_config.id
    else coalesce(nullif(p_upstream_issuer, ''), p_config.issuer, p_config.id)
  end
$$;

revoke all on function public.identity_source(public.custom_oauth_configs, text)
  from public, anon, authenticated, service_role;
