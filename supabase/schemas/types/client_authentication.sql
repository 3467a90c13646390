-- client_authentication: what authenticate_mcp_client answers.
create type public.client_authentication as (
  outcome text,
  mcp_server_id text,
  mcp_client_registration_id text,
  client_id text,
  kind text,
  access_token_seconds integer,
  refresh_token_seconds integer
);
