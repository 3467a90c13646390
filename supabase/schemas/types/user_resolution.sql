-- user_resolution: the user of a login, as the functions that look for one hand it on.
create type public.user_resolution as (
  outcome text,
  mcp_server_user_id text
);
