-- platform_change: what the functions of platform users answer.
create type public.platform_change as (
  outcome text,
  id text,
  reason text
);
