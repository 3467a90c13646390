-- lock_vault_entries: locks vault entries, those that lend to them and those that borrow from them.
--
-- An entry that lends borrows nothing. So those that borrow nothing come first, then
-- those that borrow, each kind by id: two callers never wait for each other in a circle.
-- A refresh of one login takes the same way (lock_refresh_holder).
--
-- Caller    whatever ends or deletes several vault entries
-- Rights    invoker, granted to nobody
-- Locks     the vault entries, lenders first, then by id (lock order: supabase/schemas/README.md)
create function public.lock_vault_entries(p_upstream_token_ids text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform from public.upstream_oauth_tokens as upstream
  where upstream.id = any (array(
    select named.id from unnest(p_upstream_token_ids) as named (id)
    union
    select login.lender_id from public.upstream_oauth_tokens as login where login.id = any (p_upstream_token_ids)
    union
    select login.id from public.upstream_oauth_tokens as login where login.lender_id = any (p_upstream_token_ids)
  ))
  order by upstream.lender_id is not null, upstream.id
  for update;
end
$$;

revoke all on function public.lock_vault_entries from public, anon, authenticated, service_role;
