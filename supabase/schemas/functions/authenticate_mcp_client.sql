-- authenticate_mcp_client: finds the server and the client, and checks how the client proves itself.
--
-- A client of private_key_jwt must have been authenticated by an assertion; one
-- with a secret must send it, and an assertion does not stand in for it. A
-- public client need prove nothing: a secret that it sends is ignored, an
-- assertion is used up. The assertion's signature is checked by the endpoint.
--
-- Hashes are compared, of secrets with 256 random bits: how long the
-- comparison takes tells nothing.
--
-- Caller    the RPCs of the token, revocation and introspection endpoints
-- Rights    invoker, granted to nobody
-- Locks     those of use_client_assertion, where there is an assertion
-- Outcomes  authenticated | unknown_server | unknown_client | wrong_secret | assertion_required, or a refusal of
--           use_client_assertion
-- Raises    22004 when an assertion comes without its expiry, or the other way round
create function public.authenticate_mcp_client(
  p_slug text,
  p_client_id text,
  p_client_secret_hash text,
  p_assertion_hash text,
  p_assertion_expires_at timestamptz
)
returns public.client_authentication
language plpgsql
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_client public.mcp_client_registrations;
  v_authentication public.client_authentication;
begin
  if num_nulls(p_assertion_hash, p_assertion_expires_at) = 1 then
    raise exception using errcode = '22004', message = 'an assertion comes with its expiry';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  select * into v_client
  from public.mcp_client_registrations as client
  where client.mcp_server_id = v_server.id and client.client_id = p_client_id;

  v_authentication.outcome := case
    when v_server.id is null then 'unknown_server'
    when v_client.id is null then 'unknown_client'
    when v_client.client_secret_hash is distinct from p_client_secret_hash
      and v_client.client_secret_hash is not null then 'wrong_secret'
    when p_assertion_hash is not null
      then public.use_client_assertion(v_client, p_assertion_hash, p_assertion_expires_at)
    when v_client.token_endpoint_auth_method = 'private_key_jwt' then 'assertion_required'
    else 'authenticated'
  end;
  v_authentication.mcp_server_id := v_server.id;
  v_authentication.mcp_client_registration_id := v_client.id;
  v_authentication.client_id := p_client_id;
  v_authentication.kind := v_client.kind;
  v_authentication.access_token_seconds := v_server.access_token_seconds;
  v_authentication.refresh_token_seconds := v_server.refresh_token_seconds;
  return v_authentication;
end
$$;

revoke all on function public.authenticate_mcp_client from public, anon, authenticated, service_role;
