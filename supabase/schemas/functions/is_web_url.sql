-- is_web_url: whether a URL may be stored and published.
--
-- https anywhere, http only where it does not leave the machine. No user info,
-- no fragment, no quote, no white space, nothing a shell or a page would read
-- as code. Null passes: whether a URL is required is the column's business.
-- Says nothing of where a host name leads: the functions check that when they
-- connect.
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
