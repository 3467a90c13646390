-- token_grant: what redeem_authorization_code and rotate_refresh_token answer.
create type public.token_grant as (
  outcome text,
  family_id text,
  organization_id text,
  mcp_server_user_id text,
  client_id text,
  resource text,
  scope text,
  nonce text,
  auth_time timestamptz,
  access_token_seconds integer,
  email text,
  email_verified boolean,
  profile jsonb,
  successor_ciphertexts text[]
);
