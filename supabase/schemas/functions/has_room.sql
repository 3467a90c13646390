-- has_room: whether an organization may have one more server, config, member or invitation.
--
-- The lock makes parallel changes wait for each other, so that they cannot pass
-- a quota together.
--
-- Caller    the RPCs of platform users that make one
-- Rights    invoker, granted to nobody
-- Locks     the organization
create function public.has_room(p_organization_id text, p_kind text)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_settings public.gatepost_settings;
begin
  perform from public.organizations as organization where organization.id = p_organization_id for no key update;
  select * into strict v_settings from public.gatepost_settings;
  return case p_kind
    when 'server' then v_settings.servers_per_organization > (
      select count(*) from public.mcp_servers as server where server.organization_id = p_organization_id
    )
    when 'config' then v_settings.configs_per_organization > (
      select count(*) from public.custom_oauth_configs as config where config.organization_id = p_organization_id
    )
    when 'member' then v_settings.members_per_organization > (
      select count(*) from public.organization_members as member where member.organization_id = p_organization_id
    )
    when 'invitation' then v_settings.invitations_per_organization > (
      select count(*) from public.organization_invitations as invitation
      where invitation.organization_id = p_organization_id
    )
  end;
end
$$;

revoke all on function public.has_room from public, anon, authenticated, service_role;
