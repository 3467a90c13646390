-- token_revocation: what revoke_token answers.
create type public.token_revocation as (
  outcome text,
  family_id text,
  organization_id text,
  upstream_token_id text,
  refresh_token_id text,
  access_token_ciphertext text,
  refresh_token_ciphertext text,
  config jsonb
);
