-- refresh_user_profile: stores what the provider says of a user at an upstream refresh.
--
-- The rules are those of a login, as provision_mcp_server_user has them: source
-- and subject must lead to this very user, and an address never moves a login.
-- Members of the profile that the provider's answer does not name stay: a login
-- also has the claims of an id_token.
--
-- Caller    mcp, as service_role, after a refresh, when the profile is older than a day
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the user
-- Outcomes  refreshed | ended | wrong_subject | user_blocked
-- Raises    22004 when the vault entry, the subject or the profile is null; 22023 when an argument is too long
create function public.refresh_user_profile(
  p_upstream_token_id text,
  p_upstream_issuer text,
  p_upstream_sub text,
  p_email text,
  p_email_verified boolean,
  p_profile jsonb
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_upstream public.upstream_oauth_tokens;
  v_config public.custom_oauth_configs;
  v_email text := nullif(btrim(p_email), '');
begin
  if p_upstream_token_id is null or p_upstream_sub is null or p_profile is null then
    raise exception using errcode = '22004', message = 'a profile comes with its vault entry and its subject';
  end if;
  if char_length(v_email) > 320 or jsonb_typeof(p_profile) <> 'object' then
    raise exception using errcode = '22023', message = 'an address is too long, or a profile is no object';
  end if;

  select * into v_upstream
  from public.upstream_oauth_tokens as upstream
  where upstream.id = p_upstream_token_id and upstream.ended_at is null;
  if not found then
    return 'ended';
  end if;
  select * into v_config from public.custom_oauth_configs as config where config.id = v_upstream.oauth_config_id;
  if not exists (
    select from public.mcp_server_user_identities as identity
    where identity.organization_id = v_upstream.organization_id
      and identity.source = case
        when v_config.organization_id is null then v_config.id
        else coalesce(nullif(p_upstream_issuer, ''), v_config.issuer, v_config.id)
      end
      and identity.subject = p_upstream_sub
      and identity.mcp_server_user_id = v_upstream.mcp_server_user_id
  ) then
    return 'wrong_subject';
  end if;

  update public.mcp_server_user as known
  set email = coalesce(v_email, known.email),
      email_verified = case when v_email is null then known.email_verified else coalesce(p_email_verified, false) end,
      -- A provider that names its claims anew each time must not let a profile grow.
      profile_data = case
        when pg_column_size(known.profile_data || p_profile) <= 65536 then known.profile_data || p_profile
        else p_profile
      end,
      profile_refreshed_at = now()
  where known.id = v_upstream.mcp_server_user_id and known.blocked_at is null;
  return case when found then 'refreshed' else 'user_blocked' end;
end
$$;

revoke all on function public.refresh_user_profile from public, anon, authenticated, service_role;
grant execute on function public.refresh_user_profile to service_role, gatepost_functions;
