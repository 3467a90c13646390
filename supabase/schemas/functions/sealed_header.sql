-- sealed_header: the protected header of a JWE in compact form (RFC 7516 section 3.1), which is not encrypted.
--
-- Nothing here proves it genuine: only who has the key can.
--
-- Caller    sealing_key_id, check_sealed_token, save_oauth_config
-- Rights    invoker, granted to nobody
-- Returns   the header, or null where the text has none
create function public.sealed_header(p_ciphertext text)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_header text := translate(split_part(p_ciphertext, '.', 1), '-_', '+/');
begin
  return convert_from(
    decode(rpad(v_header, (length(v_header) + 3) / 4 * 4, '='), 'base64'), 'UTF8'
  )::jsonb;
exception
  when invalid_parameter_value or character_not_in_repertoire or invalid_text_representation
    or untranslatable_character then
    return null;
end
$$;

revoke all on function public.sealed_header from public, anon, authenticated, service_role;
