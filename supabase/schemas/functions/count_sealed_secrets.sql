-- count_sealed_secrets: how many secrets stand under which key, in a batch of rows of one table.
--
-- An old key may go when nothing stands under it any more. The caller goes on
-- after last_id until a batch is empty.
--
-- Caller    `deno task keys --in-use`, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Returns   counts: by what is sealed, then by key id; the empty key id is that of a text that names none
-- Raises    22004 when an argument is null; 22023 when the table holds no ciphertexts
create function public.count_sealed_secrets(p_table text, p_after text, p_limit integer)
returns public.sealed_secret_count
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_count public.sealed_secret_count;
begin
  perform public.check_sealed_table(p_table => p_table, p_after => p_after, p_limit => p_limit);

  with sealed as (
    select listed.id, listed.secret, listed.ciphertext,
      coalesce(public.sealing_key_id(p_ciphertext => listed.ciphertext), '') as key_id
    from public.sealed_secrets(p_table => p_table, p_after => p_after, p_limit => p_limit) as listed
  ), by_key as (
    select sealed.secret, sealed.key_id, count(*) as secrets
    from sealed
    where sealed.ciphertext is not null
    group by sealed.secret, sealed.key_id
  ), by_secret as (
    select by_key.secret, jsonb_object_agg(by_key.key_id, by_key.secrets) as keys
    from by_key
    group by by_key.secret
  )
  select
    (select count(distinct sealed.id)::integer from sealed),
    (select max(sealed.id) from sealed),
    (select coalesce(jsonb_object_agg(by_secret.secret, by_secret.keys), '{}') from by_secret)
  into v_count.examined, v_count.last_id, v_count.counts;
  return v_count;
end
$$;

revoke all on function public.count_sealed_secrets from public, anon, authenticated, service_role;
grant execute on function public.count_sealed_secrets to service_role;
