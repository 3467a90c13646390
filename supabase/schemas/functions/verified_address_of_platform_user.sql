-- verified_address_of_platform_user: the caller's e-mail address, if Supabase Auth has verified it.
--
-- Caller    the RPCs of whoever is invited
-- Rights    invoker, granted to nobody
-- Returns   the address in lower case; null where none is verified
create function public.verified_address_of_platform_user()
returns text
language sql
stable
set search_path = ''
as $$
  select lower(person.email)
  from auth.users as person
  where person.id = (select auth.uid()) and person.email_confirmed_at is not null
$$;

revoke all on function public.verified_address_of_platform_user from public, anon, authenticated, service_role;
