-- find_linkable_user: the one user a verified address may link a new identity to.
--
-- Exactly one user of the organization, of the same kind of sign-in, must have
-- the address verified. Every identity of that user must come from a config that
-- links by address too: otherwise a provider that nobody trusts with addresses
-- could make a user, and a trusted login with the same address would be linked
-- to it. A row without an identity never has a verified address.
--
-- Caller    resolve_mcp_server_user, for a config that links by address
-- Rights    invoker, granted to nobody
-- Locks     the address (advisory), so that two first logins with it wait for each other
-- Returns   the user's id, or null where there is none or more than one
create function public.find_linkable_user(p_organization_id text, p_auth_type text, p_email text)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_candidates text[];
begin
  perform pg_advisory_xact_lock(
    hashtextextended(jsonb_build_array('address', p_organization_id, lower(p_email collate "C"))::text, 2)
  );
  select array_agg(candidate.id) into v_candidates
  from public.mcp_server_user as candidate
  where candidate.organization_id = p_organization_id
    and lower(candidate.email collate "C") = lower(p_email collate "C")
    and candidate.email_verified
    and candidate.auth_type = p_auth_type
    and not exists (
      select from public.mcp_server_user_identities as identity
      left join public.custom_oauth_configs as config on config.id = identity.first_oauth_config_id
      where identity.organization_id = candidate.organization_id
        and identity.mcp_server_user_id = candidate.id
        and config.link_verified_email is not true
    );
  if cardinality(v_candidates) = 1 then
    return v_candidates[1];
  end if;
  return null;
end
$$;

revoke all on function public.find_linkable_user from public, anon, authenticated, service_role;
