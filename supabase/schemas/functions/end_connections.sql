-- end_connections: ends logins of an organization: those of a server, of a client, of a user, or all.
--
-- A null argument stands for all. Codes are deleted, token families revoked and
-- vault entries ended; what is deleted later finds them by their end. A vault
-- entry that lends its refresh token to a login that stays goes on lending. A
-- login that completes at this moment is not waited for, unless its user is named
-- and the caller holds the user's row.
--
-- Caller    the RPCs of platform users that revoke connections
-- Rights    invoker, granted to nobody
-- Locks     the codes, then token families, then vault entries, each by key (lenders first)
--           (lock order: supabase/schemas/README.md)
-- Returns   how many token families were alive
create function public.end_connections(
  p_organization_id text,
  p_mcp_server_id text default null,
  p_client_id text default null,
  p_mcp_server_user_id text default null
)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_registration_ids text[];
  v_upstream_ids text[];
  v_more_upstream_ids text[];
  v_ended integer;
begin
  if p_client_id is not null then
    v_registration_ids := array(
      select client.id from public.mcp_client_registrations as client
      where client.organization_id = p_organization_id
        and client.client_id = p_client_id
        and (p_mcp_server_id is null or client.mcp_server_id = p_mcp_server_id)
    );
  end if;

  with deleted as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select own.code_hash from public.mcp_authorization_codes as own
      where own.organization_id = p_organization_id
        and (p_mcp_server_id is null or own.mcp_server_id = p_mcp_server_id)
        and (p_mcp_server_user_id is null or own.mcp_server_user_id = p_mcp_server_user_id)
        and (v_registration_ids is null or own.mcp_client_registration_id = any (v_registration_ids))
      order by own.code_hash
      for update
    ))
    returning code.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_upstream_ids from deleted;

  with revoked as (
    update public.mcp_proxy_tokens as family
    set revoked_at = now(), revoked_reason = 'organization_revoked', expires_at = least(family.expires_at, now())
    where family.id = any (array(
      select own.id from public.mcp_proxy_tokens as own
      where own.organization_id = p_organization_id
        and (p_mcp_server_id is null or own.mcp_server_id = p_mcp_server_id)
        and (p_mcp_server_user_id is null or own.mcp_server_user_id = p_mcp_server_user_id)
        and (v_registration_ids is null or own.mcp_client_registration_id = any (v_registration_ids))
        and own.revoked_at is null
      order by own.id
      for no key update
    ))
    returning family.upstream_token_id
  )
  select count(*), array_agg(revoked.upstream_token_id) into v_ended, v_more_upstream_ids from revoked;

  v_upstream_ids := v_upstream_ids || v_more_upstream_ids;
  perform public.end_vault_entries(p_upstream_token_ids => v_upstream_ids, p_reason => 'organization_revoked');
  return v_ended;
end
$$;

revoke all on function public.end_connections from public, anon, authenticated, service_role;
