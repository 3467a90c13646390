-- find_refresh_lender: the vault entry whose living refresh token serves a login that brought none.
--
-- It is of the same identity, config and client generation, and some login still
-- lives on it. It is locked before that is looked at a second time: from then on
-- nobody ends it before the borrower is there to be seen.
--
-- Caller    provision_mcp_server_user, which holds the user's row
-- Rights    invoker, granted to nobody
-- Locks     the vault entry that lends
-- Returns   its id, or null where there is none
create function public.find_refresh_lender(
  p_organization_id text,
  p_mcp_server_user_id text,
  p_oauth_config_id text,
  p_client_generation integer,
  p_source text,
  p_subject text
)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_lender_id text;
begin
  select holder.id into v_lender_id
  from public.upstream_oauth_tokens as holder
  where holder.organization_id = p_organization_id
    and holder.mcp_server_user_id = p_mcp_server_user_id
    and holder.oauth_config_id = p_oauth_config_id
    and holder.client_generation = p_client_generation
    and holder.source = p_source
    and holder.subject = p_subject
    and holder.refresh_token_ciphertext is not null
    and public.is_lived_on(p_holder_id => holder.id)
  order by holder.created_at desc
  limit 1;
  if not found then
    return null;
  end if;

  perform from public.upstream_oauth_tokens as holder
  where holder.id = v_lender_id and holder.refresh_token_ciphertext is not null
  for no key update;
  if found and public.is_lived_on(p_holder_id => v_lender_id) then
    return v_lender_id;
  end if;
  return null;
end
$$;

revoke all on function public.find_refresh_lender from public, anon, authenticated, service_role;
