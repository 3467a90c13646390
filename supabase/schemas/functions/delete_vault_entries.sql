-- delete_vault_entries: deletes the vault entries of logins that are gone.
--
-- An entry whose refresh token another login lives on ends only, and is deleted
-- after that login.
--
-- Caller    delete_mcp_server, delete_mcp_client, which have deleted codes and token families before
-- Rights    invoker, granted to nobody
-- Locks     the vault entries (lock_vault_entries)
create function public.delete_vault_entries(p_upstream_token_ids text[], p_reason text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform public.lock_vault_entries(p_upstream_token_ids => p_upstream_token_ids);
  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (p_upstream_token_ids) and upstream.lender_id is not null;
  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (p_upstream_token_ids)
    and not public.is_lived_on(p_holder_id => upstream.id, p_but_for => upstream.id);
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = p_reason
  where upstream.id = any (p_upstream_token_ids) and upstream.ended_at is null;
end
$$;

revoke all on function public.delete_vault_entries from public, anon, authenticated, service_role;
