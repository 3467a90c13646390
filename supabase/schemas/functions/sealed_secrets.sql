-- sealed_secrets: the ciphertexts in a batch of rows of one table, in the order of their ids.
--
-- Those of logins under way are listed only while they can still be opened: they
-- live for ten minutes. What is sealed under a refresh token is not listed: no
-- key of the functions opens it.
--
-- Caller    count_sealed_secrets, list_stale_secrets
-- Rights    invoker, granted to nobody
-- Returns   one row for each ciphertext that there can be; a missing one is null, so that every row is seen
create function public.sealed_secrets(p_table text, p_after text, p_limit integer)
returns setof public.sealed_secret
language sql
stable
set search_path = ''
as $$
  (
    select config.id, config.organization_id, 'client_secret', config.client_secret_ciphertext
    from public.custom_oauth_configs as config
    where p_table = 'custom_oauth_configs' and config.id > p_after
    order by config.id
    limit p_limit
  )
  union all
  select upstream.id, upstream.organization_id, secret.name, secret.ciphertext
  from (
    select * from public.upstream_oauth_tokens as batch
    where p_table = 'upstream_oauth_tokens' and batch.id > p_after
    order by batch.id
    limit p_limit
  ) as upstream
  cross join lateral (
    values
      ('access_token', upstream.access_token_ciphertext),
      ('refresh_token', upstream.refresh_token_ciphertext)
  ) as secret (name, ciphertext)
  union all
  (
    select session.id, session.organization_id, 'login_under_way',
      case when session.claimed_at is null and session.expires_at > now() then session.request_ciphertext end
    from public.mcp_authorization_sessions as session
    where p_table = 'mcp_authorization_sessions' and session.id > p_after
    order by session.id
    limit p_limit
  )
$$;

revoke all on function public.sealed_secrets from public, anon, authenticated, service_role;
