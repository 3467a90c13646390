-- reseal_oauth_config: replaces a config's client secret by the same secret under a newer key.
--
-- The credentials have not changed, so client_generation stays.
--
-- Caller    the functions that open a client secret and `deno task reseal`, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the config
-- Outcomes  resealed | changed
-- Raises    22004 when an argument is null
create function public.reseal_oauth_config(
  p_oauth_config_id text,
  p_known_ciphertext text,
  p_new_ciphertext text
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
begin
  if p_oauth_config_id is null or p_known_ciphertext is null or p_new_ciphertext is null then
    raise exception using errcode = '22004', message = 'resealing names its config and both ciphertexts';
  end if;

  update public.custom_oauth_configs as config
  set client_secret_ciphertext = p_new_ciphertext
  where config.id = p_oauth_config_id and config.client_secret_ciphertext = p_known_ciphertext;
  return case when found then 'resealed' else 'changed' end;
end
$$;

revoke all on function public.reseal_oauth_config from public, anon, authenticated, service_role;
grant execute on function public.reseal_oauth_config to service_role, gatepost_functions;
