-- is_scope_hierarchy: whether a JSON value is an object whose members are scopes with lists of scopes.
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.is_scope_hierarchy(p_hierarchy jsonb)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select jsonb_typeof(p_hierarchy) = 'object' and not exists (
    select from jsonb_each(case jsonb_typeof(p_hierarchy) when 'object' then p_hierarchy end) as included
    where not public.are_scopes(jsonb_build_array(included.key)) or not public.are_scopes(included.value)
  )
$$;

revoke all on function public.is_scope_hierarchy from public, anon, authenticated, service_role;
