-- refuse_missing_value: the answer to a change that leaves out what a column needs.
--
-- Caller    the RPCs of platform users
-- Rights    invoker, granted to nobody
create function public.refuse_missing_value(p_column text)
returns public.platform_change
language plpgsql
immutable
set search_path = ''
as $$
begin
  return public.refuse_platform_change(
    p_outcome => 'invalid',
    p_reason => p_column || '_is_missing',
    p_argument => 'p_' || p_column,
    p_expected => 'given'
  );
end
$$;

revoke all on function public.refuse_missing_value from public, anon, authenticated, service_role;
