-- delete_mcp_client: deletes a client of whatever kind, with every login that it holds.
--
-- A client that registered itself may do so again: this ends what it has, and
-- shuts nobody out. What belongs to the client is deleted one kind at a time, in
-- the lock order of supabase/schemas/README.md, before the client.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the client's sessions, codes, token families and vault entries, each by key (lenders
--           first), then the client
-- Outcomes  deleted | forbidden | unknown_client
-- Raises    22004 when p_id is null
create function public.delete_mcp_client(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_client public.mcp_client_registrations;
  v_role text;
  v_upstream_ids text[];
  v_more_upstream_ids text[];
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select client.organization_id from public.mcp_client_registrations as client where client.id = p_id
  ));
  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = p_id and public.platform_role(client.organization_id) is not null;
  v_role := public.platform_role(v_client.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_client');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  delete from public.mcp_authorization_sessions as session
  where session.id = any (array(
    select own.id from public.mcp_authorization_sessions as own
    where own.mcp_client_registration_id = v_client.id
    order by own.id
    for update
  ));
  with deleted as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select own.code_hash from public.mcp_authorization_codes as own
      where own.mcp_client_registration_id = v_client.id
      order by own.code_hash
      for update
    ))
    returning code.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_upstream_ids from deleted;
  with deleted as (
    delete from public.mcp_proxy_tokens as family
    where family.id = any (array(
      select own.id from public.mcp_proxy_tokens as own
      where own.mcp_client_registration_id = v_client.id
      order by own.id
      for update
    ))
    returning family.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_more_upstream_ids from deleted;
  perform public.delete_vault_entries(
    p_upstream_token_ids => v_upstream_ids || v_more_upstream_ids, p_reason => 'client_deleted'
  );
  delete from public.mcp_client_registrations as client where client.id = v_client.id;
  perform public.record_platform_event(
    p_organization_id => v_client.organization_id,
    p_event => 'client_deleted',
    p_object_id => v_client.id,
    p_mcp_server_id => v_client.mcp_server_id
  );
  v_change.outcome := 'deleted';
  v_change.id := v_client.id;
  return v_change;
end
$$;

revoke all on function public.delete_mcp_client from public, anon, authenticated, service_role;
grant execute on function public.delete_mcp_client to authenticated;
