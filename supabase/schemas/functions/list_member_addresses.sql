-- list_member_addresses: the e-mail addresses of the members of the caller's organizations.
--
-- Definer, because nobody but Supabase Auth reads auth.users. The function takes
-- no organization as an argument: it answers for those of auth.uid() only.
--
-- Caller    the views that members read, as authenticated
-- Rights    definer: reads all addresses, answers those of the caller's organizations
create function public.list_member_addresses()
returns setof public.member_address
language sql
stable
security definer
set search_path = ''
as $$
  select person.id, person.email::text
  from auth.users as person
  where exists (
    select from public.organization_members as member
    where member.user_id = person.id
      and member.organization_id in (select public.organizations_of_platform_user())
  )
$$;

revoke all on function public.list_member_addresses from public, anon, authenticated, service_role;
grant execute on function public.list_member_addresses to authenticated;
