-- find_mcp_server: finds a server by its slug.
--
-- Caller    oauth, mcp and every endpoint that answers for a slug, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  found | unknown_server
-- Raises    22004 when an argument is null
create function public.find_mcp_server(p_slug text)
returns public.mcp_server_finding
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_finding public.mcp_server_finding;
begin
  if p_slug is null then
    raise exception using errcode = '22004', message = 'p_slug must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_finding.outcome := 'unknown_server';
    return v_finding;
  end if;

  v_finding.outcome := 'found';
  v_finding.server := public.describe_mcp_server(v_server);
  return v_finding;
end
$$;

revoke all on function public.find_mcp_server from public, anon, authenticated, service_role;
grant execute on function public.find_mcp_server to service_role, gatepost_functions;
