-- token_introspection: what introspect_token and introspect_own_token answer.
create type public.token_introspection as (
  outcome text,
  family_id text,
  organization_id text,
  mcp_server_user_id text,
  client_id text,
  resource text,
  scope text,
  auth_time timestamptz,
  created_at timestamptz,
  expires_at timestamptz,
  email text,
  email_verified boolean
);
