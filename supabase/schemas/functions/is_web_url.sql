-- is_web_url: whether a URL may be stored and published.
--
-- https to any host, http to the local machine only. No user info, no fragment,
-- and no character that a shell or a page could read as code, such as quotes and
-- white space. Null passes: "not null" says whether a column needs a URL. The
-- address behind a host name is not checked here: the functions check it when
-- they connect.
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.is_web_url(p_url text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select p_url is null or (
    char_length(p_url) <= 2048
    and p_url ~ '^(https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])|http://(localhost|127\.0\.0\.1|\[::1\]|host\.docker\.internal))(:[0-9]{1,5})?([/?][A-Za-z0-9._~/%?&=+,:@-]*)?$'
  )
$$;

revoke all on function public.is_web_url from public, anon, authenticated, service_role;
