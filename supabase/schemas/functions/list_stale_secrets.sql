-- list_stale_secrets: the secrets that do not stand under the given key, in a batch of rows of one table.
--
-- The caller seals each under that key and goes on after last_id until a batch
-- is empty. Logins under way are left out: they are over before anybody could.
--
-- Caller    `deno task reseal`, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Returns   secrets: a list of id, organization_id, secret, ciphertext
-- Raises    22004 when an argument is null; 22023 when the table holds no ciphertexts
create function public.list_stale_secrets(p_table text, p_key_id text, p_after text, p_limit integer)
returns public.stale_secret_list
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_list public.stale_secret_list;
begin
  perform public.check_sealed_table(p_table => p_table, p_after => p_after, p_limit => p_limit);
  if p_key_id is null then
    raise exception using errcode = '22004', message = 'p_key_id must not be null';
  end if;

  select count(distinct listed.id)::integer, max(listed.id),
    coalesce(
      jsonb_agg(to_jsonb(listed)) filter (
        where listed.ciphertext is not null
          and listed.secret <> 'login_under_way'
          and public.sealing_key_id(p_ciphertext => listed.ciphertext) is distinct from p_key_id
      ),
      '[]'
    )
  into v_list.examined, v_list.last_id, v_list.secrets
  from public.sealed_secrets(p_table => p_table, p_after => p_after, p_limit => p_limit) as listed;
  return v_list;
end
$$;

revoke all on function public.list_stale_secrets from public, anon, authenticated, service_role;
grant execute on function public.list_stale_secrets to service_role;
