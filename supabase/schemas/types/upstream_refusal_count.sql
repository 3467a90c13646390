-- upstream_refusal_count: what count_upstream_refusal answers.
create type public.upstream_refusal_count as (
  outcome text
);
