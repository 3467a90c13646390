-- are_scope_rules: whether a JSON value is a list of {method, name?, scopes}.
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.are_scope_rules(p_rules jsonb)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select jsonb_typeof(p_rules) = 'array' and not exists (
    select from jsonb_array_elements(case jsonb_typeof(p_rules) when 'array' then p_rules end) as rule
    where case jsonb_typeof(rule) when 'object' then
      coalesce(jsonb_typeof(rule -> 'method') <> 'string' or rule ->> 'method' !~ '^\S+$', true)
      or coalesce(jsonb_typeof(rule -> 'name') <> 'string' or rule ->> 'name' = '', false)
      or not coalesce(public.are_scopes(rule -> 'scopes') and rule -> 'scopes' <> '[]', false)
      or rule - array['method', 'name', 'scopes'] <> '{}'
    else true end
  )
$$;

revoke all on function public.are_scope_rules from public, anon, authenticated, service_role;
