-- is_lived_on: whether a login lives on the refresh token that a vault entry holds.
--
-- The entry's own login counts, and every login that borrows from it. One that
-- has ended, or whose token family has expired, does not.
--
-- Caller    the functions that end, lend or delete vault entries
-- Rights    invoker, granted to nobody
create function public.is_lived_on(p_holder_id text, p_but_for text default null)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from public.upstream_oauth_tokens as login
    where (login.id = p_holder_id or login.lender_id = p_holder_id)
      and login.ended_at is null
      and login.id is distinct from p_but_for
      and not exists (
        select from public.mcp_proxy_tokens as family
        where family.upstream_token_id = login.id and family.expires_at <= now()
      )
  );
end
$$;

revoke all on function public.is_lived_on from public, anon, authenticated, service_role;
