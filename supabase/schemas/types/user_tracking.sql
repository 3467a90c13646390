-- user_tracking: what track_mcp_server_user answers.
create type public.user_tracking as (
  outcome text,
  mcp_server_user_id text
);
