-- upstream_token_ending: what end_upstream_token answers.
create type public.upstream_token_ending as (
  outcome text
);
