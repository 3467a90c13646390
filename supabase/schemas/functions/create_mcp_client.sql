-- create_mcp_client: makes a client of a server, for an MCP client that wants its id and secret given to it.
--
-- A confidential client gets a secret of 244 random bits, which is answered
-- once; only its SHA-256 is stored. A public one has none. The registration
-- policy is for those who register themselves and does not matter here.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     none
-- Outcomes  created | forbidden | unknown_server | no_sign_in | invalid (see platform_change)
-- Raises    22004 when an argument is null
create function public.create_mcp_client(
  p_mcp_server_id text,
  p_name text,
  p_redirect_uris text[],
  p_confidential boolean default true
)
returns public.mcp_client_creation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_role text;
  v_constraint text;
  v_refusal public.platform_change;
  v_creation public.mcp_client_creation;
begin
  if p_mcp_server_id is null or p_name is null or p_redirect_uris is null or p_confidential is null then
    raise exception using errcode = '22004',
      message = 'p_mcp_server_id, p_name, p_redirect_uris and p_confidential must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.id = p_mcp_server_id and public.platform_role(server.organization_id) is not null;
  v_role := public.platform_role(v_server.organization_id);
  v_creation.outcome := case
    when v_role is null then 'unknown_server'
    when v_role = 'member' then 'forbidden'
    when v_server.auth_type = 'none' then 'no_sign_in'
  end;
  if v_creation.outcome is not null then
    return v_creation;
  end if;

  v_creation.client_id := public.new_id('mcr_');
  if p_confidential then
    v_creation.client_secret := translate(
      rtrim(encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'base64'), '='), '+/', '-_'
    );
  end if;
  insert into public.mcp_client_registrations
    (id, organization_id, mcp_server_id, client_id, kind, client_secret_hash, token_endpoint_auth_method, client_name,
     redirect_uris, grant_types, expires_at)
  values (
    v_creation.client_id, v_server.organization_id, v_server.id, v_creation.client_id, 'preregistered',
    translate(rtrim(encode(sha256(convert_to(v_creation.client_secret, 'UTF8')), 'base64'), '='), '+/', '-_'),
    case when p_confidential then 'client_secret_basic' else 'none' end, btrim(p_name), p_redirect_uris,
    array['authorization_code', 'refresh_token'], null
  );
  perform public.record_platform_event(
    p_organization_id => v_server.organization_id,
    p_event => 'client_created',
    p_object_id => v_creation.client_id,
    p_mcp_server_id => v_server.id
  );
  v_creation.outcome := 'created';
  return v_creation;
exception
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    v_refusal := public.refuse_broken_rule(v_constraint);
    v_creation := null;
    v_creation.outcome := v_refusal.outcome;
    v_creation.reason := v_refusal.reason;
    v_creation.argument := v_refusal.argument;
    v_creation.expected := v_refusal.expected;
    return v_creation;
end
$$;

revoke all on function public.create_mcp_client from public, anon, authenticated, service_role;
grant execute on function public.create_mcp_client to authenticated;
