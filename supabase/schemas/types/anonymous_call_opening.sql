-- anonymous_call_opening: what open_anonymous_call answers.
create type public.anonymous_call_opening as (
  outcome text,
  organization_id text,
  mcp_server_user_id text
);
