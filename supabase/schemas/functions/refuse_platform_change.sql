-- refuse_platform_change: the answer to a change that was not made.
--
-- Caller    the RPCs of platform users
-- Rights    invoker, granted to nobody
create function public.refuse_platform_change(
  p_outcome text,
  p_reason text default null,
  p_argument text default null,
  p_expected text default null
)
returns public.platform_change
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_change public.platform_change;
begin
  v_change.outcome := p_outcome;
  v_change.reason := p_reason;
  v_change.argument := p_argument;
  v_change.expected := p_expected;
  return v_change;
end
$$;

revoke all on function public.refuse_platform_change from public, anon, authenticated, service_role;
