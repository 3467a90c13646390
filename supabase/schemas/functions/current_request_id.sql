-- current_request_id: the id of the HTTP request on whose behalf SQL runs; null where nobody says it.
--
-- The Edge Functions send it as X-Request-Id, and the REST layer hands on the
-- headers. It says where to look in the log and decides nothing.
--
-- Caller    what records audit events, and open_authorization_session
-- Rights    invoker, granted to nobody
create function public.current_request_id()
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return substring(
    nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-request-id' from '^[0-9a-f-]{36}$'
  );
end
$$;

revoke all on function public.current_request_id from public, anon, authenticated, service_role;
