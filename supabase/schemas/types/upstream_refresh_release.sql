-- upstream_refresh_release: what release_upstream_refresh answers.
create type public.upstream_refresh_release as (
  outcome text
);
