-- new_id: a prefixed, unguessable identifier of 12 characters (72 random bits).
--
-- A random UUID has fixed bits for version and variant. Bytes 1 to 6 and 11 to 13
-- have none of them; these nine bytes are twelve characters of base64url.
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

revoke all on function public.new_id from public, anon, authenticated, service_role;
