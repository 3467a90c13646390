-- connections_client_opening: what open_connections_client answers.
create type public.connections_client_opening as (
  outcome text,
  client_id text
);
