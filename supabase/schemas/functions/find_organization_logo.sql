-- find_organization_logo: the logo of the organization that a server belongs to.
--
-- Caller    oauth, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  found | no_logo | unknown_server
-- Raises    22004 when p_slug is null
create function public.find_organization_logo(p_slug text)
returns public.organization_logo
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_image bytea;
  v_logo public.organization_logo;
begin
  if p_slug is null then
    raise exception using errcode = '22004', message = 'p_slug must not be null';
  end if;

  select organization.logo into v_image
  from public.mcp_servers as server
  join public.organizations as organization on organization.id = server.organization_id
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_logo.outcome := 'unknown_server';
    return v_logo;
  end if;
  if v_image is null then
    v_logo.outcome := 'no_logo';
    return v_logo;
  end if;

  v_logo.outcome := 'found';
  v_logo.media_type := public.image_type(p_image => v_image);
  v_logo.image := translate(encode(v_image, 'base64'), E'\n', '');
  return v_logo;
end
$$;

revoke all on function public.find_organization_logo from public, anon, authenticated, service_role;
grant execute on function public.find_organization_logo to service_role, gatepost_functions;
