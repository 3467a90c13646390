-- refuse_platform_change: a change that was not made, and why.
create function public.refuse_platform_change(p_outcome text, p_reason text default null)
returns public.platform_change
language sql
immutable
set search_path = ''
as $$
  select (p_outcome, null, p_reason)::public.platform_change
$$;

revoke all on function public.refuse_platform_change from public, anon, authenticated, service_role;
