-- read_client_secret: the sealed client secret of a config, to be compared with one that is saved.
--
-- Two ciphertexts of one secret differ, so only who opens both can tell that
-- nothing has changed.
--
-- Caller    oauth-configs, as service_role, for a platform user who belongs to the config's organization
-- Rights    definer: service_role may call this, and may not touch the tables
-- Outcomes  found | unknown_config; without a secret client_secret_ciphertext is null
-- Raises    22004 when p_oauth_config_id is null
create function public.read_client_secret(p_oauth_config_id text)
returns public.client_secret_reading
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_reading public.client_secret_reading;
begin
  if p_oauth_config_id is null then
    raise exception using errcode = '22004', message = 'p_oauth_config_id must not be null';
  end if;

  select config.client_secret_ciphertext into v_reading.client_secret_ciphertext
  from public.custom_oauth_configs as config
  where config.id = p_oauth_config_id;
  v_reading.outcome := case when found then 'found' else 'unknown_config' end;
  return v_reading;
end
$$;

revoke all on function public.read_client_secret from public, anon, authenticated, service_role;
grant execute on function public.read_client_secret to service_role, gatepost_functions;
