-- user_export: what export_mcp_server_user answers: all that is kept of an end user, but for secrets.
create type public.user_export as (
  outcome text,
  id text,
  export jsonb
);
