-- upstream_refresh_lease: what lease_upstream_refresh answers.
create type public.upstream_refresh_lease as (
  outcome text,
  access_token_ciphertext text,
  refresh_token_id text,
  refresh_token_ciphertext text,
  scope text,
  expires_at timestamptz,
  refreshed_at timestamptz,
  leased_until timestamptz,
  lapsed boolean,
  profile_refreshed_at timestamptz,
  config jsonb
);
