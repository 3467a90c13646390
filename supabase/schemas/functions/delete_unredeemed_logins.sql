-- delete_unredeemed_logins: deletes the vault entries of logins whose code is gone and was never redeemed.
--
-- One whose refresh token serves another login stays, and is over itself.
--
-- Caller    purge_expired, end_surplus_codes
-- Rights    invoker, granted to nobody
-- Locks     none: the caller holds the entries
create function public.delete_unredeemed_logins(p_upstream_token_ids text[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (p_upstream_token_ids)
    and not public.is_lived_on(p_holder_id => upstream.id, p_but_for => upstream.id);
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = 'code_expired'
  where upstream.id = any (p_upstream_token_ids) and upstream.ended_at is null;
end
$$;

revoke all on function public.delete_unredeemed_logins from public, anon, authenticated, service_role;
