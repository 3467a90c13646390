-- mcp_client_finding: what find_mcp_client answers.
create type public.mcp_client_finding as (
  outcome text,
  client_id text,
  kind text,
  keys jsonb
);
