-- platform_change: what the functions of platform users answer.
--
-- An outcome invalid says more: reason is the slug of the rule that is broken,
-- argument the argument that breaks it, and expected what that must be.
create type public.platform_change as (
  outcome text,
  id text,
  reason text,
  argument text,
  expected text
);
