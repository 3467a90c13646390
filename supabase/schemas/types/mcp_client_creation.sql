-- mcp_client_creation: what create_mcp_client answers.
create type public.mcp_client_creation as (
  outcome text,
  client_id text,
  client_secret text,
  reason text
);
