-- introspect_token: whether a token is active, for a resource server that proves itself (RFC 7662).
--
-- An access token, which the caller has verified, names its family by id. A
-- refresh token names it by handle and hash, and only the present one is active.
-- The function writes nothing, so that a read replica can answer.
--
-- Caller    oauth-introspect, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  active | inactive | unknown_server | unknown_resource_server | wrong_secret
-- Raises    22004 when the server, the resource server or its secret is null, or when no token is named
create function public.introspect_token(
  p_slug text,
  p_resource_server_id text,
  p_secret_hash text,
  p_family_id text,
  p_handle_hash text,
  p_refresh_hash text
)
returns public.token_introspection
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_server_id text;
  v_secret_hash text;
  v_introspection public.token_introspection;
begin
  if p_slug is null or p_resource_server_id is null or p_secret_hash is null
    or (p_family_id is null and (p_handle_hash is null or p_refresh_hash is null)) then
    raise exception using errcode = '22004', message = 'an introspection names its server, its caller and a token';
  end if;

  select server.id into v_server_id
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_introspection.outcome := 'unknown_server';
    return v_introspection;
  end if;
  select resource_server.secret_hash into v_secret_hash
  from public.mcp_resource_servers as resource_server
  where resource_server.id = p_resource_server_id and resource_server.mcp_server_id = v_server_id;
  if not found then
    v_introspection.outcome := 'unknown_resource_server';
    return v_introspection;
  end if;
  if v_secret_hash <> p_secret_hash then
    v_introspection.outcome := 'wrong_secret';
    return v_introspection;
  end if;

  return public.read_token_introspection(
    p_mcp_server_id => v_server_id, p_mcp_client_registration_id => null, p_family_id => p_family_id,
    p_handle_hash => p_handle_hash, p_refresh_hash => p_refresh_hash
  );
end
$$;

revoke all on function public.introspect_token from public, anon, authenticated, service_role;
grant execute on function public.introspect_token to service_role, gatepost_functions;
