-- stale_secret_list: what list_stale_secrets answers.
create type public.stale_secret_list as (
  examined integer,
  last_id text,
  secrets jsonb
);
