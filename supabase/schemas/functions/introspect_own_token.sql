-- introspect_own_token: whether a token is active, for the client it was issued to (RFC 7662).
--
-- For a client that proves itself with an assertion: it may ask about its own
-- tokens, and learns nothing of any other. A resource server, which asks about
-- every token of its server, is answered by introspect_token.
--
-- Caller    oauth-introspect, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client's assertion
-- Outcomes  active | inactive, or a refusal of authenticate_mcp_client
-- Raises    22004 when the server, the client or its assertion is null, or when no token is named
create function public.introspect_own_token(
  p_slug text,
  p_client_id text,
  p_assertion_hash text,
  p_assertion_expires_at timestamptz,
  p_family_id text,
  p_handle_hash text,
  p_refresh_hash text
)
returns public.token_introspection
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_client public.client_authentication;
  v_nothing public.token_introspection;
begin
  if p_slug is null or p_client_id is null or p_assertion_hash is null or p_assertion_expires_at is null
    or (p_family_id is null and (p_handle_hash is null or p_refresh_hash is null)) then
    raise exception using errcode = '22004', message = 'an introspection names its server, its caller and a token';
  end if;

  v_client := public.authenticate_mcp_client(
    p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => null,
    p_assertion_hash => p_assertion_hash, p_assertion_expires_at => p_assertion_expires_at
  );
  if v_client.outcome <> 'authenticated' then
    v_nothing.outcome := v_client.outcome;
    return v_nothing;
  end if;
  return public.read_token_introspection(
    p_mcp_server_id => v_client.mcp_server_id,
    p_mcp_client_registration_id => v_client.mcp_client_registration_id,
    p_family_id => p_family_id, p_handle_hash => p_handle_hash, p_refresh_hash => p_refresh_hash
  );
end
$$;

revoke all on function public.introspect_own_token from public, anon, authenticated, service_role;
grant execute on function public.introspect_own_token to service_role, gatepost_functions;
