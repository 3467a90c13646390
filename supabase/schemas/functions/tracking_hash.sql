-- tracking_hash: how a visitor's tracking id stands in the database.
--
-- SHA-256 (base64url, 43 characters) of the organization and the id. Whoever has a
-- dump cannot be the visitor, and cannot tell that two organizations know the same
-- one. A key would have to stand in the database, where other services call, and so
-- in the dump: what protects an id is that it is unguessable.
--
-- Caller    open_anonymous_call, provision_mcp_server_user, track_mcp_server_user
-- Rights    invoker, granted to nobody
-- Returns   the hash; null without a tracking id
create function public.tracking_hash(p_organization_id text, p_tracking_id text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return translate(
    encode(sha256(convert_to(p_organization_id || ' ' || nullif(p_tracking_id, ''), 'UTF8')), 'base64'), '+/=', '-_'
  );
end
$$;

revoke all on function public.tracking_hash from public, anon, authenticated, service_role;
