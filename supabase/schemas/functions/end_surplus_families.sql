-- end_surplus_families: makes room for a token family of a user with a client, beyond the bound of row_bounds.
--
-- The oldest go. One that somebody holds is in use at this moment, and is passed over.
--
-- Caller    redeem_authorization_code
-- Rights    invoker, granted to nobody
-- Locks     the families that end
create function public.end_surplus_families(p_code public.mcp_authorization_codes, p_client_id text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_ended integer;
begin
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'connection of a user';
  update public.mcp_proxy_tokens as family
  set revoked_at = now(), revoked_reason = 'too_many_connections', expires_at = least(family.expires_at, now())
  where family.id = any (array(
    select surplus.id from public.mcp_proxy_tokens as surplus
    where surplus.organization_id = p_code.organization_id
      and surplus.mcp_server_user_id = p_code.mcp_server_user_id
      and surplus.mcp_client_registration_id = p_code.mcp_client_registration_id
      and surplus.revoked_at is null
      and surplus.expires_at > now()
    order by surplus.created_at desc, surplus.id
    offset v_bound.of_source - 1
    for update skip locked
  ));
  get diagnostics v_ended = row_count;
  if v_ended > 0 then
    perform public.record_audit_event(
      p_organization_id => p_code.organization_id,
      p_event => 'tokens_revoked',
      p_reason => 'too_many_connections',
      p_mcp_server_id => p_code.mcp_server_id,
      p_mcp_server_user_id => p_code.mcp_server_user_id,
      p_client_id => p_client_id
    );
  end if;
end
$$;

revoke all on function public.end_surplus_families from public, anon, authenticated, service_role;
