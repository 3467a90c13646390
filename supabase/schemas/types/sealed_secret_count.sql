-- sealed_secret_count: what count_sealed_secrets answers.
create type public.sealed_secret_count as (
  examined integer,
  last_id text,
  counts jsonb
);
