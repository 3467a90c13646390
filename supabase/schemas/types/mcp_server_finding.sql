-- mcp_server_finding: what find_mcp_server answers.
create type public.mcp_server_finding as (
  outcome text,
  server jsonb
);
