-- organizations_of_platform_user: the organizations the caller belongs to.
--
-- Definer, because a policy on organization_members that read the table itself
-- would recurse. It takes no user: it answers for auth.uid() alone.
--
-- Caller    row level security, as authenticated
-- Rights    definer: reads memberships whatever the caller may read
create function public.organizations_of_platform_user(p_roles text[] default array['owner', 'admin', 'member'])
returns setof text
language sql
stable
security definer
set search_path = ''
as $$
  select member.organization_id
  from public.organization_members as member
  where member.user_id = (select auth.uid())
    and member.role = any (p_roles)
$$;

revoke all on function public.organizations_of_platform_user from public, anon, authenticated, service_role;
grant execute on function public.organizations_of_platform_user to authenticated;
