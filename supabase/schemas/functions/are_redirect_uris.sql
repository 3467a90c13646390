-- are_redirect_uris: whether texts have the form of redirect URIs.
--
-- Plain characters, no fragment; https with a lower-case host and no user info,
-- http on this computer only, and the scheme of an app, which has a dot or two
-- slashes behind it (RFC 8252 section 7.1). Which schemes belong to no app is
-- decided where a redirect is made: the authorization endpoint reads every URI
-- under stricter rules before it sends anybody there.
--
-- Caller    a check constraint
-- Rights    invoker, granted to nobody
create function public.are_redirect_uris(p_redirect_uris text[])
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select not exists (
    select from unnest(p_redirect_uris) as uri
    where (
      char_length(uri) <= 2000
      and uri ~ '^[!-~]+$'
      and uri !~ '[\\"''<>`{}|^#]'
      and case
        when uri ~ '^https:' then uri ~ '^https://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?([/?]|$)'
        when uri ~ '^http:' then uri ~ '^http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]{1,5})?([/?]|$)'
        else uri ~ '^([a-z][a-z0-9+-]*://|[a-z][a-z0-9+-]*\.[a-z0-9+.-]*:)'
      end
    ) is not true
  )
$$;

revoke all on function public.are_redirect_uris from public, anon, authenticated, service_role;
