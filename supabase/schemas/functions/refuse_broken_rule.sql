-- refuse_broken_rule: the answer to a change that breaks a constraint.
--
-- The comment of the constraint says the rule: the argument that breaks it, but
-- for its p_, a colon, and what the argument must be.
--
-- Caller    the RPCs of platform users
-- Rights    invoker, granted to nobody
create function public.refuse_broken_rule(p_constraint text)
returns public.platform_change
language plpgsql
stable
set search_path = ''
as $$
declare
  v_rule text := (
    select obj_description(broken.oid, 'pg_constraint')
    from pg_catalog.pg_constraint as broken
    where broken.connamespace = 'public'::regnamespace and broken.conname = p_constraint
  );
begin
  return public.refuse_platform_change(
    p_outcome => 'invalid',
    p_reason => p_constraint,
    p_argument => 'p_' || split_part(v_rule, ': ', 1),
    p_expected => substring(v_rule from ': (.*)$')
  );
end
$$;

revoke all on function public.refuse_broken_rule from public, anon, authenticated, service_role;
