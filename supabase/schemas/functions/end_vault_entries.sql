-- end_vault_entries: ends vault entries whose logins have ended.
--
-- An entry that lends its refresh token to a login that stays goes on lending.
--
-- Caller    end_connections, revoke_own_connections, which have ended codes and token families before
-- Rights    invoker, granted to nobody
-- Locks     the vault entries (lock_vault_entries)
create function public.end_vault_entries(p_upstream_token_ids text[], p_reason text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform public.lock_vault_entries(p_upstream_token_ids => p_upstream_token_ids);
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = p_reason
  where upstream.id = any (p_upstream_token_ids) and upstream.ended_at is null;
end
$$;

revoke all on function public.end_vault_entries from public, anon, authenticated, service_role;
