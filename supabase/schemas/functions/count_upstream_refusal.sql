-- count_upstream_refusal: counts a refusal that does not say whether the refresh token is dead, and gives the lease back.
--
-- The third refusal ends every login that lives on the refresh token, if it
-- comes ten minutes or more after the first: a login must not be left that can
-- neither go on nor end. A refresh that succeeds starts the count again. The
-- first refusal of a count is in the audit, the others are not.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the token family, then the vault entry that holds the refresh token, then the login's
--           (lock order: supabase/schemas/README.md)
-- Outcomes  counted | ended | lease_lost
-- Raises    22004 when an argument is null
create function public.count_upstream_refusal(p_upstream_token_id text, p_lease_hash text, p_reason text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
begin
  if p_upstream_token_id is null or p_lease_hash is null or p_reason is null then
    raise exception using errcode = '22004', message = 'a refusal names its vault entry, its lease and a reason';
  end if;

  perform from public.mcp_proxy_tokens as family
  where family.upstream_token_id = p_upstream_token_id
  for update;
  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  if v_holder.refresh_lease_hash is distinct from p_lease_hash then
    return 'lease_lost';
  end if;

  if v_holder.refusals >= 2 and v_holder.first_refused_at <= now() - interval '10 minutes' then
    perform public.end_login(p_upstream_token_id => login.id, p_reason => p_reason)
    from public.upstream_oauth_tokens as login
    where login.id = p_upstream_token_id and login.ended_at is null;
    perform public.end_lent_refresh(p_holder_id => v_holder.id, p_reason => p_reason);
    return 'ended';
  end if;

  update public.upstream_oauth_tokens as holder
  set refusals = holder.refusals + 1,
      first_refused_at = coalesce(holder.first_refused_at, now()),
      refresh_leased_until = null,
      refresh_lease_hash = null
  where holder.id = v_holder.id;
  if v_holder.refusals = 0 then
    perform public.record_audit_event(
      p_organization_id => v_holder.organization_id,
      p_event => 'upstream_refresh_refused',
      p_reason => p_reason,
      p_mcp_server_user_id => v_holder.mcp_server_user_id
    );
  end if;
  return 'counted';
end
$$;

revoke all on function public.count_upstream_refusal from public, anon, authenticated, service_role;
grant execute on function public.count_upstream_refusal to service_role, gatepost_functions;
