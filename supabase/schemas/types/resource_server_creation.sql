-- resource_server_creation: what create_mcp_resource_server answers: a platform_change with a secret.
create type public.resource_server_creation as (
  outcome text,
  id text,
  secret text,
  reason text,
  argument text,
  expected text
);
