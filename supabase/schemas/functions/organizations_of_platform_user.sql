-- organizations_of_platform_user: the organizations the caller belongs to.
--
-- Definer, because a policy on organization_members that reads that table would
-- call itself without end. The function takes no user as an argument: it answers
-- for auth.uid() only.
--
-- Caller    row level security, as authenticated
-- Rights    definer: reads all memberships, answers the caller's own
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
