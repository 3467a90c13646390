-- upstream_refresh_storing: what store_upstream_refresh answers.
create type public.upstream_refresh_storing as (
  outcome text
);
