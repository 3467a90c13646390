-- sealing_key_id: the key that sealed a ciphertext, as its protected header names it (RFC 7516 section 4.1.6).
--
-- Caller    count_sealed_secrets, list_stale_secrets
-- Rights    invoker, granted to nobody
-- Returns   the key id, or null where the text is no JWE that names one
create function public.sealing_key_id(p_ciphertext text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_header text := translate(split_part(p_ciphertext, '.', 1), '-_', '+/');
begin
  return convert_from(
    decode(rpad(v_header, (length(v_header) + 3) / 4 * 4, '='), 'base64'), 'UTF8'
  )::jsonb ->> 'kid';
exception
  when invalid_parameter_value or character_not_in_repertoire or invalid_text_representation
    or untranslatable_character then
    return null;
end
$$;

revoke all on function public.sealing_key_id from public, anon, authenticated, service_role;
