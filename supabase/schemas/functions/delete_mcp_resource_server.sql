-- delete_mcp_resource_server: deletes the credentials of an MCP server that introspects tokens.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     the resource server
-- Outcomes  deleted | forbidden | unknown_resource_server
-- Raises    22004 when p_id is null
create function public.delete_mcp_resource_server(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_resource_server public.mcp_resource_servers;
  v_role text;
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  select * into v_resource_server
  from public.mcp_resource_servers as resource_server
  where resource_server.id = p_id and public.platform_role(resource_server.organization_id) is not null
  for update;
  v_role := public.platform_role(v_resource_server.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_resource_server');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  delete from public.mcp_resource_servers as resource_server where resource_server.id = v_resource_server.id;
  perform public.record_platform_event(
    p_organization_id => v_resource_server.organization_id,
    p_event => 'resource_server_deleted',
    p_object_id => p_id,
    p_mcp_server_id => v_resource_server.mcp_server_id
  );
  v_change.outcome := 'deleted';
  v_change.id := p_id;
  return v_change;
end
$$;

revoke all on function public.delete_mcp_resource_server from public, anon, authenticated, service_role;
grant execute on function public.delete_mcp_resource_server to authenticated;
