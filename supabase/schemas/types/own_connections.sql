-- own_connections: what list_own_connections answers.
--
-- connections is a list, the one used last first: id, server and its slug, what its
-- scopes mean, the client's client_id, kind, client_name and redirect_uris, scopes,
-- first_used_at, last_used_at.
create type public.own_connections as (
  outcome text,
  email text,
  organization_name text,
  connections jsonb
);
