-- check_sealed_table: raises unless a batch of ciphertexts is asked for as it must be.
--
-- Caller    count_sealed_secrets, list_stale_secrets
-- Rights    invoker, granted to nobody
create function public.check_sealed_table(p_table text, p_after text, p_limit integer)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_table is null or p_after is null or p_limit is null then
    raise exception using errcode = '22004', message = 'a batch names its table, where it begins and its size';
  end if;
  if p_table not in ('custom_oauth_configs', 'upstream_oauth_tokens', 'mcp_authorization_sessions') then
    raise exception using errcode = '22023', message = 'the table holds no ciphertexts under a key';
  end if;
end
$$;

revoke all on function public.check_sealed_table from public, anon, authenticated, service_role;
