-- read_userinfo: the profile behind a living token family.
--
-- Caller    oauth-userinfo, as service_role, with a verified access token in hand
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  found | ended
-- Raises    22004 when an argument is null
create function public.read_userinfo(p_slug text, p_family_id text)
returns public.userinfo_reading
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_user public.mcp_server_user;
  v_reading public.userinfo_reading;
begin
  if p_slug is null or p_family_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_family_id must not be null';
  end if;

  select holder.* into v_user
  from public.mcp_proxy_tokens as family
  join public.mcp_servers as server on server.id = family.mcp_server_id
  join public.mcp_server_user as holder on holder.id = family.mcp_server_user_id
  where family.id = p_family_id
    and server.slug = p_slug
    and server.disabled_at is null
    and family.revoked_at is null
    and holder.blocked_at is null;
  if not found then
    v_reading.outcome := 'ended';
    return v_reading;
  end if;

  v_reading.outcome := 'found';
  v_reading.mcp_server_user_id := v_user.id;
  v_reading.organization_id := v_user.organization_id;
  v_reading.email := v_user.email;
  v_reading.email_verified := v_user.email_verified;
  v_reading.profile := v_user.profile_data;
  return v_reading;
end
$$;

revoke all on function public.read_userinfo from public, anon, authenticated, service_role;
grant execute on function public.read_userinfo to service_role, gatepost_functions;
