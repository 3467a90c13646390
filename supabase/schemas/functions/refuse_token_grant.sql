-- refuse_token_grant: a grant that holds nothing but its outcome.
create function public.refuse_token_grant(p_outcome text)
returns public.token_grant
language sql
immutable
set search_path = ''
as $$
  select (
    p_outcome, null, null, null, null, null, null, null, null, null, null, null, null, null
  )::public.token_grant
$$;

revoke all on function public.refuse_token_grant from public, anon, authenticated, service_role;
