-- refresh_grace: how long after its first use a refresh token is still answered.
--
-- Caller    rotate_refresh_token and its helpers
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.refresh_grace()
returns interval
language plpgsql
immutable
set search_path = ''
as $$
begin
  return interval '60 seconds';
end
$$;

revoke all on function public.refresh_grace from public, anon, authenticated, service_role;
