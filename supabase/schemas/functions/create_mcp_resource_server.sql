-- create_mcp_resource_server: makes the credentials of an MCP server that introspects tokens.
--
-- The secret has 244 random bits. The function answers it once and stores its
-- SHA-256 only.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     none
-- Outcomes  created | forbidden | unknown_server | invalid (see platform_change)
-- Raises    22004 when an argument is null
create function public.create_mcp_resource_server(p_mcp_server_id text, p_name text)
returns public.resource_server_creation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_role text;
  v_secret text := translate(
    rtrim(encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'base64'), '='), '+/', '-_'
  );
  v_constraint text;
  v_refusal public.platform_change;
  v_creation public.resource_server_creation;
begin
  if p_mcp_server_id is null or p_name is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_id and p_name must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.id = p_mcp_server_id and public.platform_role(server.organization_id) is not null;
  v_role := public.platform_role(v_server.organization_id);
  if v_role is null then
    v_creation.outcome := 'unknown_server';
    return v_creation;
  end if;
  if v_role = 'member' then
    v_creation.outcome := 'forbidden';
    return v_creation;
  end if;

  insert into public.mcp_resource_servers (organization_id, mcp_server_id, name, secret_hash)
  values (
    v_server.organization_id, v_server.id, btrim(p_name),
    translate(rtrim(encode(sha256(convert_to(v_secret, 'UTF8')), 'base64'), '='), '+/', '-_')
  )
  returning id into v_creation.id;
  perform public.record_platform_event(
    p_organization_id => v_server.organization_id,
    p_event => 'resource_server_created',
    p_object_id => v_creation.id,
    p_mcp_server_id => v_server.id
  );
  v_creation.outcome := 'created';
  v_creation.secret := v_secret;
  return v_creation;
exception
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    v_refusal := public.refuse_broken_rule(v_constraint);
    v_creation.outcome := v_refusal.outcome;
    v_creation.reason := v_refusal.reason;
    v_creation.argument := v_refusal.argument;
    v_creation.expected := v_refusal.expected;
    return v_creation;
end
$$;

revoke all on function public.create_mcp_resource_server from public, anon, authenticated, service_role;
grant execute on function public.create_mcp_resource_server to authenticated;
