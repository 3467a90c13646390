-- connections_revocation: what the functions answer that end logins of an organization.
--
-- ended is how many logins were alive.
create type public.connections_revocation as (
  outcome text,
  id text,
  ended integer
);
