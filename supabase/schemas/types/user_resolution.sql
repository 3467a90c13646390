-- user_resolution: what the helpers of provision_mcp_server_user answer.
create type public.user_resolution as (
  outcome text,
  mcp_server_user_id text
);
