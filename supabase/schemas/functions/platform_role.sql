-- platform_role: what the caller may do in an organization.
--
-- Caller    the RPCs of platform users
-- Rights    invoker, granted to nobody
-- Returns   owner, admin or member; null where the caller does not belong
create function public.platform_role(p_organization_id text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select member.role
    from public.organization_members as member
    where member.organization_id = p_organization_id and member.user_id = (select auth.uid())
  );
end
$$;

revoke all on function public.platform_role from public, anon, authenticated, service_role;
