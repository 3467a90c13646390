-- find_mcp_client: where the keys of a client are, by which its assertions are checked.
--
-- keys holds the members of its metadata that say so, and nothing else of it.
--
-- Caller    oauth-token, oauth-revoke and oauth-introspect, for a request with an assertion, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  found | unknown_client | unknown_server
-- Raises    22004 when an argument is null
create function public.find_mcp_client(p_slug text, p_client_id text)
returns public.mcp_client_finding
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_server_id text;
  v_client public.mcp_client_registrations;
  v_finding public.mcp_client_finding;
begin
  if p_slug is null or p_client_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_client_id must not be null';
  end if;

  select server.id into v_server_id
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  select * into v_client
  from public.mcp_client_registrations as client
  where client.mcp_server_id = v_server_id and client.client_id = p_client_id;
  if v_client.id is null then
    v_finding.outcome := case when v_server_id is null then 'unknown_server' else 'unknown_client' end;
    return v_finding;
  end if;

  v_finding.outcome := 'found';
  v_finding.client_id := v_client.client_id;
  v_finding.kind := v_client.kind;
  select coalesce(jsonb_object_agg(member.key, member.value), '{}') into v_finding.keys
  from jsonb_each(v_client.client_metadata) as member
  where member.key in (
    'jwks', 'jwks_uri', 'token_endpoint_auth_signing_alg', 'token_endpoint_auth_signing_alg_values_supported'
  );
  return v_finding;
end
$$;

revoke all on function public.find_mcp_client from public, anon, authenticated, service_role;
grant execute on function public.find_mcp_client to service_role, gatepost_functions;
