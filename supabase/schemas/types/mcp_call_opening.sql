-- mcp_call_opening: what open_mcp_call answers.
create type public.mcp_call_opening as (
  outcome text,
  organization_id text,
  mcp_server_user_id text,
  client_id text,
  email text,
  email_verified boolean,
  upstream_token_id text,
  access_token_ciphertext text,
  upstream_expires_at timestamptz,
  upstream_refreshed_at timestamptz
);
