-- new_id: a prefixed, unguessable identifier of 12 characters (72 random bits).
--
-- The first six and the last three bytes of a random UUID are free of its
-- fixed version and variant bits; nine bytes are twelve characters of base64url.
--
-- Caller    column defaults
-- Rights    invoker, granted to nobody
create function public.new_id(p_prefix text)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_random uuid := gen_random_uuid();
begin
  return p_prefix || translate(
    encode(substring(uuid_send(v_random) from 1 for 6) || substring(uuid_send(v_random) from 11 for 3), 'base64'),
    '+/',
    '-_'
  );
end
$$;

revoke all on function public.new_id(text) from public, anon, authenticated, service_role;

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

revoke all on function public.is_web_url(text) from public, anon, authenticated, service_role;
