-- revoke_own_connections: a person ends what an app may do in the person's name, or what all apps may.
--
-- p_connection_id is the client's id as list_own_connections answers it; null stands
-- for all apps at every server of the organization. Logins at Gatepost's own page
-- stay. What is to be revoked at the provider is answered once: the tokens of each
-- login that ended, unless another login lives on the same refresh token, or the
-- config has other credentials by now.
--
-- Caller    oauth-connections, as service_role, with a verified access token in hand
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the user, then codes, token families and vault entries, each by key (lenders first)
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | unknown_connection | ended
-- Raises    22004 when p_slug or p_family_id is null
create function public.revoke_own_connections(p_slug text, p_family_id text, p_connection_id text)
returns public.own_connections_revocation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_login public.mcp_proxy_tokens;
  v_upstream_ids text[];
  v_more_upstream_ids text[];
  v_revocation public.own_connections_revocation;
begin
  if p_slug is null or p_family_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_family_id must not be null';
  end if;

  v_login := public.find_connections_login(p_slug => p_slug, p_family_id => p_family_id);
  perform from public.mcp_server_user as holder
  where holder.id = v_login.mcp_server_user_id
  for no key update;
  -- A merge may have given the login to another user meanwhile.
  if (public.find_connections_login(p_slug => p_slug, p_family_id => p_family_id)).mcp_server_user_id
    is distinct from v_login.mcp_server_user_id or v_login.id is null then
    v_revocation.outcome := 'ended';
    return v_revocation;
  end if;

  with deleted as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select own.code_hash from public.mcp_authorization_codes as own
      where own.organization_id = v_login.organization_id
        and own.mcp_server_user_id = v_login.mcp_server_user_id
        and (p_connection_id is null or own.mcp_client_registration_id = p_connection_id)
        and (
          select client.kind from public.mcp_client_registrations as client
          where client.id = own.mcp_client_registration_id
        ) <> 'gatepost'
      order by own.code_hash
      for update
    ))
    returning code.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_upstream_ids from deleted;
  with revoked as (
    update public.mcp_proxy_tokens as family
    set revoked_at = now(), revoked_reason = 'person_revoked', expires_at = least(family.expires_at, now())
    where family.id = any (array(
      select own.id from public.mcp_proxy_tokens as own
      where own.organization_id = v_login.organization_id
        and own.mcp_server_user_id = v_login.mcp_server_user_id
        and (p_connection_id is null or own.mcp_client_registration_id = p_connection_id)
        and (
          select client.kind from public.mcp_client_registrations as client
          where client.id = own.mcp_client_registration_id
        ) <> 'gatepost'
        and own.revoked_at is null
      order by own.id
      for no key update
    ))
    returning family.id, family.upstream_token_id
  )
  select coalesce(array_agg(revoked.id), '{}'), array_agg(revoked.upstream_token_id)
  into v_revocation.family_ids, v_more_upstream_ids
  from revoked;
  if p_connection_id is not null and v_upstream_ids is null and v_more_upstream_ids is null then
    v_revocation.outcome := 'unknown_connection';
    v_revocation.family_ids := null;
    return v_revocation;
  end if;

  v_upstream_ids := v_upstream_ids || v_more_upstream_ids;
  perform public.end_vault_entries(p_upstream_token_ids => v_upstream_ids, p_reason => 'person_revoked');

  select coalesce(jsonb_agg(to_jsonb(given_back)), '[]') into v_revocation.upstream_tokens
  from (
    -- Of the logins that lived on one refresh token, that token once.
    select distinct on (case when holder.refresh_token_ciphertext is null then login.id else holder.id end)
      login.organization_id,
      login.id as upstream_token_id,
      holder.id as refresh_token_id,
      login.access_token_ciphertext,
      holder.refresh_token_ciphertext,
      public.describe_oauth_config(config) as config
    from public.upstream_oauth_tokens as login
    join public.upstream_oauth_tokens as holder on holder.id = coalesce(login.lender_id, login.id)
    join public.custom_oauth_configs as config
      on config.id = login.oauth_config_id and config.client_generation = login.client_generation
    where login.id = any (v_upstream_ids)
      and login.ended_reason = 'person_revoked'
      and not public.is_lived_on(p_holder_id => holder.id)
  ) as given_back;
  perform public.record_audit_event(
    p_organization_id => v_login.organization_id,
    p_event => 'tokens_revoked',
    p_reason => 'person_revoked',
    p_mcp_server_id => case
      when p_connection_id is not null
        then (select client.mcp_server_id from public.mcp_client_registrations as client where client.id = p_connection_id)
    end,
    p_mcp_server_user_id => v_login.mcp_server_user_id,
    p_client_id => (
      select client.client_id from public.mcp_client_registrations as client where client.id = p_connection_id
    )
  );
  v_revocation.outcome := 'revoked';
  return v_revocation;
end
$$;

revoke all on function public.revoke_own_connections from public, anon, authenticated, service_role;
grant execute on function public.revoke_own_connections to service_role, gatepost_functions;
