-- userinfo_reading: what read_userinfo answers.
create type public.userinfo_reading as (
  outcome text,
  mcp_server_user_id text,
  organization_id text,
  email text,
  email_verified boolean,
  profile jsonb
);
