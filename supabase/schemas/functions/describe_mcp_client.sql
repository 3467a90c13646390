-- describe_mcp_client: a client as the functions receive it, without the hash of its secret.
--
-- A client is approved once a login with it has come to its end, or where an
-- owner or admin made it.
--
-- Caller    the RPCs that answer for one client
-- Rights    invoker, granted to nobody
create function public.describe_mcp_client(p_client public.mcp_client_registrations)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_client.id,
    'client_id', p_client.client_id,
    'kind', p_client.kind,
    'client_name', p_client.client_name,
    'redirect_uris', p_client.redirect_uris,
    'token_endpoint_auth_method', p_client.token_endpoint_auth_method,
    'approved', p_client.first_used_at is not null or p_client.kind = 'preregistered'
  );
end
$$;

revoke all on function public.describe_mcp_client from public, anon, authenticated, service_role;
