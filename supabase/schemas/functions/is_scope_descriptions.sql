-- is_scope_descriptions: whether a JSON value is an object that says in a line what each of some scopes means.
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.is_scope_descriptions(p_descriptions jsonb)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select jsonb_typeof(p_descriptions) = 'object' and not exists (
    select from jsonb_each(case jsonb_typeof(p_descriptions) when 'object' then p_descriptions end)
      with ordinality as described (scope, meaning, number)
    where not public.are_scopes(jsonb_build_array(described.scope))
      or jsonb_typeof(described.meaning) <> 'string'
      or char_length(described.scope) > 200
      or described.meaning #>> '{}' !~ '^[^[:cntrl:]]{1,200}$'
      or btrim(described.meaning #>> '{}') = ''
      or described.number > 100
  )
$$;

revoke all on function public.is_scope_descriptions from public, anon, authenticated, service_role;
