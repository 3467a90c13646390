-- withdraw_user_tokens: ends everything that was issued to a user, for a reason.
--
-- Codes are deleted, token families revoked and vault entries ended. The function
-- waits for a redemption that holds a code, and revokes its family as well. It also
-- locks what has ended before: whoever then deletes the user deletes all of it.
--
-- Caller    claim_tracked_user, merge_tracked_user, and the RPCs of platform
--           users; each holds the user's row, so that no login adds to it
-- Rights    invoker, granted to nobody
-- Locks     the user's codes, then token families, then vault entries, each by key (lenders first)
--           (lock order: supabase/schemas/README.md)
-- Returns   how many token families were alive
create function public.withdraw_user_tokens(p_organization_id text, p_mcp_server_user_id text, p_reason text)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_revoked integer;
begin
  delete from public.mcp_authorization_codes as code
  where code.code_hash = any (array(
    select own.code_hash from public.mcp_authorization_codes as own
    where own.organization_id = p_organization_id and own.mcp_server_user_id = p_mcp_server_user_id
    order by own.code_hash
    for update
  ));

  update public.mcp_proxy_tokens as family
  set revoked_at = now(), revoked_reason = p_reason, expires_at = least(family.expires_at, now())
  where family.id = any (array(
    select own.id from public.mcp_proxy_tokens as own
    where own.organization_id = p_organization_id and own.mcp_server_user_id = p_mcp_server_user_id
    order by own.id
    for no key update
  ))
    and family.revoked_at is null;
  get diagnostics v_revoked = row_count;

  perform public.lock_vault_entries(p_upstream_token_ids => array(
    select login.id from public.upstream_oauth_tokens as login
    where login.organization_id = p_organization_id and login.mcp_server_user_id = p_mcp_server_user_id
  ));
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = p_reason, refresh_leased_until = null, refresh_lease_hash = null
  where upstream.organization_id = p_organization_id
    and upstream.mcp_server_user_id = p_mcp_server_user_id
    and upstream.ended_at is null;
  return v_revoked;
end
$$;

revoke all on function public.withdraw_user_tokens from public, anon, authenticated, service_role;
