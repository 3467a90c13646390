-- authorization_completion: what complete_authorization answers.
create type public.authorization_completion as (
  outcome text,
  mcp_server_user_id text,
  provisioning text
);
