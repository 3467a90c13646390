-- end_lent_refresh: forgets a refresh token that is dead, and ends the other logins that live on it.
--
-- Their rows are taken only where nobody holds them: they stand before the
-- caller's own in the lock order, so they must not be waited for. A login that
-- is left, or whose code nobody has redeemed yet, finds no refresh token when
-- its access token expires, and ends then.
--
-- Caller    end_upstream_token and count_upstream_refusal, which hold the entry that lent it
-- Rights    invoker, granted to nobody
-- Locks     token families and vault entries that nobody else holds (skip locked)
create function public.end_lent_refresh(p_holder_id text, p_reason text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_login_id text;
begin
  update public.upstream_oauth_tokens as holder
  set refresh_token_ciphertext = null,
      source = null,
      subject = null,
      refresh_leased_until = null,
      refresh_lease_hash = null
  where holder.id = p_holder_id;

  for v_login_id in
    select login.id
    from public.upstream_oauth_tokens as login
    join public.mcp_proxy_tokens as family on family.upstream_token_id = login.id
    where (login.id = p_holder_id or login.lender_id = p_holder_id)
      and login.ended_at is null
      and family.revoked_at is null
    for update of login, family skip locked
  loop
    perform public.end_login(p_upstream_token_id => v_login_id, p_reason => p_reason);
  end loop;
end
$$;

revoke all on function public.end_lent_refresh from public, anon, authenticated, service_role;
