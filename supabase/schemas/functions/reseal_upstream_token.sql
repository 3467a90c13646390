-- reseal_upstream_token: replaces a ciphertext of the vault by the same token under a newer key.
--
-- The caller names the ciphertext that it opened, of the access or of the refresh
-- token. If the entry no longer holds it, somebody has refreshed or resealed it,
-- and the function replaces nothing.
--
-- Caller    mcp and `deno task reseal`, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the vault entry
-- Outcomes  resealed | changed
-- Raises    22004 when an argument is null
create function public.reseal_upstream_token(
  p_upstream_token_id text,
  p_known_ciphertext text,
  p_new_ciphertext text
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
begin
  if p_upstream_token_id is null or p_known_ciphertext is null or p_new_ciphertext is null then
    raise exception using errcode = '22004', message = 'resealing names its vault entry and both ciphertexts';
  end if;

  update public.upstream_oauth_tokens as upstream
  set access_token_ciphertext = case upstream.access_token_ciphertext
        when p_known_ciphertext then p_new_ciphertext else upstream.access_token_ciphertext end,
      refresh_token_ciphertext = case upstream.refresh_token_ciphertext
        when p_known_ciphertext then p_new_ciphertext else upstream.refresh_token_ciphertext end
  where upstream.id = p_upstream_token_id
    and p_known_ciphertext in (upstream.access_token_ciphertext, upstream.refresh_token_ciphertext);
  return case when found then 'resealed' else 'changed' end;
end
$$;

revoke all on function public.reseal_upstream_token from public, anon, authenticated, service_role;
grant execute on function public.reseal_upstream_token to service_role, gatepost_functions;
