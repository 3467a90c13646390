-- are_scopes: whether a JSON value is a list of scopes (RFC 6749 section 3.3).
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.are_scopes(p_scopes jsonb)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select jsonb_typeof(p_scopes) = 'array' and not exists (
    select from jsonb_array_elements(case jsonb_typeof(p_scopes) when 'array' then p_scopes end) as scope
    where jsonb_typeof(scope) <> 'string' or scope #>> '{}' !~ '^[!#-\[\]-~]+$'
  )
$$;

revoke all on function public.are_scopes from public, anon, authenticated, service_role;
