-- mcp_call_entry: an element of what record_mcp_calls takes, once it is read and compared.
--
-- place is its number in the batch. is_call says that it is a named request, and so a
-- row of mcp_calls; any other counts by method, or by MCP client where name has one.
create type public.mcp_call_entry as (
  place integer,
  organization_id text,
  mcp_server_id text,
  mcp_server_user_id text,
  is_known boolean,
  session_hash text,
  client_id text,
  is_call boolean,
  method text,
  name text,
  started_at timestamptz,
  day date,
  milliseconds integer,
  outcome text,
  error_code integer,
  http_status integer,
  bytes_in bigint,
  bytes_out bigint,
  arguments jsonb,
  result jsonb,
  keep_until date
);
