-- user_provisioning: what provision_mcp_server_user answers.
create type public.user_provisioning as (
  outcome text,
  mcp_server_user_id text,
  upstream_token_id text
);
