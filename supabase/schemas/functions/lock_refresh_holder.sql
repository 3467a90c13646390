-- lock_refresh_holder: locks the vault entry that holds the refresh token of a login.
--
-- That is its lender or, where it borrows nothing, the entry itself.
--
-- Caller    the functions that refresh or end vault entries, before they touch the login's own
-- Rights    invoker, granted to nobody
-- Locks     the holder
-- Returns   the holder, or nulls where there is no such entry
create function public.lock_refresh_holder(p_upstream_token_id text)
returns public.upstream_oauth_tokens
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
begin
  select holder.* into v_holder
  from public.upstream_oauth_tokens as holder
  where holder.id = (
    select coalesce(login.lender_id, login.id)
    from public.upstream_oauth_tokens as login
    where login.id = p_upstream_token_id
  )
  for update;
  return v_holder;
end
$$;

revoke all on function public.lock_refresh_holder from public, anon, authenticated, service_role;
