-- revoke_mcp_server_connections: ends all that people have connected to a server.
--
-- The provider's tokens end in the vault; the provider itself is not told: see
-- supabase/README.md.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, then the codes of the server, its token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_server
-- Raises    22004 when an argument is null
create function public.revoke_mcp_server_connections(p_mcp_server_id text)
returns public.connections_revocation
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_server public.mcp_servers;
  v_revocation public.connections_revocation;
begin
  if p_mcp_server_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_id must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.id = p_mcp_server_id and public.platform_role(server.organization_id) is not null;
  perform public.hold_organization(p_organization_id => v_server.organization_id);
  v_revocation := public.decide_revocation(
    p_organization_id => v_server.organization_id, p_unknown => 'unknown_server'
  );
  if v_revocation.outcome <> 'revoked' then
    return v_revocation;
  end if;

  v_revocation.ended := public.end_connections(
    p_organization_id => v_server.organization_id, p_mcp_server_id => v_server.id
  );
  perform public.record_platform_event(
    p_organization_id => v_server.organization_id,
    p_event => 'connections_revoked',
    p_mcp_server_id => v_server.id
  );
  v_revocation.id := v_server.id;
  return v_revocation;
end
$$;

revoke all on function public.revoke_mcp_server_connections from public, anon, authenticated, service_role;
grant execute on function public.revoke_mcp_server_connections to authenticated;
