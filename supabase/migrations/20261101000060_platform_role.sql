-- platform_role: what the caller may do in an organization.
--
-- Caller    the RPCs of platform users, which all answer with a platform_change
-- Rights    invoker, granted to nobody
-- Returns   owner, admin or member; null where the caller does not belong

create type public.platform_change as (
  outcome text,
  id text,
  reason text
);

create function public.platform_role(p_organization_id text)
returns text
language sql
stable
set search_path = ''
as $$
  select member.role
  from public.organization_members as member
  where member.organization_id = p_organization_id and member.user_id = (select auth.uid())
$$;

revoke all on function public.platform_role(text) from public, anon, authenticated, service_role;

-- refuse_platform_change: a change that was not made, and why.
create function public.refuse_platform_change(p_outcome text, p_reason text default null)
returns public.platform_change
language sql
immutable
set search_path = ''
as $$
  select (p_outcome, null, p_reason)::public.platform_change
$$;

revoke all on function public.refuse_platform_change(text, text) from public, anon, authenticated, service_role;
