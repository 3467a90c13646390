-- mcp_client_registration: what register_mcp_client answers.
create type public.mcp_client_registration as (
  outcome text,
  client_id text,
  created_at timestamptz
);
