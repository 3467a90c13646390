-- save_deployment_settings: changes what the operator decides for the whole deployment.
--
-- Null leaves a setting as it is, and an empty text clears the public URL.
--
-- Caller    the operator, as service_role or in the SQL editor
-- Rights    definer: service_role may not write the table
-- Locks     the row of settings
-- Outcomes  saved
-- Raises    23514 when a setting breaks its rule
create function public.save_deployment_settings(
  p_organization_founding text default null,
  p_organizations_per_founder integer default null,
  p_servers_per_organization integer default null,
  p_retired_names_per_organization integer default null,
  p_configs_per_organization integer default null,
  p_members_per_organization integer default null,
  p_invitations_per_organization integer default null,
  p_public_url text default null,
  p_server_slugs text default null,
  p_people_per_organization integer default null
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.gatepost_settings as setting
  set organization_founding = coalesce(p_organization_founding, setting.organization_founding),
      server_slugs = coalesce(p_server_slugs, setting.server_slugs),
      organizations_per_founder = coalesce(p_organizations_per_founder, setting.organizations_per_founder),
      servers_per_organization = coalesce(p_servers_per_organization, setting.servers_per_organization),
      retired_names_per_organization =
        coalesce(p_retired_names_per_organization, setting.retired_names_per_organization),
      configs_per_organization = coalesce(p_configs_per_organization, setting.configs_per_organization),
      members_per_organization = coalesce(p_members_per_organization, setting.members_per_organization),
      invitations_per_organization = coalesce(p_invitations_per_organization, setting.invitations_per_organization),
      people_per_organization = coalesce(p_people_per_organization, setting.people_per_organization),
      public_url = nullif(coalesce(p_public_url, setting.public_url), '')
  where setting.is_only_row;
  return 'saved';
end
$$;

revoke all on function public.save_deployment_settings from public, anon, authenticated, service_role;
grant execute on function public.save_deployment_settings to service_role;
