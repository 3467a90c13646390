-- mcp_client_creation: what create_mcp_client answers: a platform_change with the client's credentials.
create type public.mcp_client_creation as (
  outcome text,
  client_id text,
  client_secret text,
  reason text,
  argument text,
  expected text
);
