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
begin
  return public.sealed_header(p_ciphertext => p_ciphertext) ->> 'kid';
end
$$;

revoke all on function public.sealing_key_id from public, anon, authenticated, service_role;
