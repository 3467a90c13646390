-- revoke_organization_connections: ends all that people have connected to the servers of an organization.
--
-- The provider's tokens end in the vault; the provider itself is not told: see
-- supabase/README.md.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, then the codes of the organization, its token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_organization
-- Raises    22004 when an argument is null
create function public.revoke_organization_connections(p_organization_id text)
returns public.connections_revocation
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_revocation public.connections_revocation;
begin
  if p_organization_id is null then
    raise exception using errcode = '22004', message = 'p_organization_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => p_organization_id);
  v_revocation := public.decide_revocation(
    p_organization_id => p_organization_id, p_unknown => 'unknown_organization'
  );
  if v_revocation.outcome <> 'revoked' then
    return v_revocation;
  end if;

  v_revocation.ended := public.end_connections(
    p_organization_id => p_organization_id
  );
  perform public.record_platform_event(
    p_organization_id => p_organization_id, p_event => 'connections_revoked'
  );
  v_revocation.id := p_organization_id;
  return v_revocation;
end
$$;

revoke all on function public.revoke_organization_connections from public, anon, authenticated, service_role;
grant execute on function public.revoke_organization_connections to authenticated;
