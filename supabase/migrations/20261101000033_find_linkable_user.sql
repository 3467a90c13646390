-- find_linkable_user: the one user a verified address may link a new identity to.
--
-- Exactly one user of the organization, of the same kind of sign-in, must have
-- the address verified. A row without an identity never has a verified address,
-- so nobody can plant one to be found.
--
-- Caller    resolve_mcp_server_user, for a config that links by address
-- Rights    invoker, granted to nobody
-- Locks     the address (advisory), so that two first logins with it line up
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
    hashtextextended(jsonb_build_array('address', p_organization_id, lower(p_email))::text, 2)
  );
  select array_agg(candidate.id) into v_candidates
  from public.mcp_server_user as candidate
  where candidate.organization_id = p_organization_id
    and lower(candidate.email) = lower(p_email)
    and candidate.email_verified
    and candidate.auth_type = p_auth_type;
  if cardinality(v_candidates) = 1 then
    return v_candidates[1];
  end if;
  return null;
end
$$;

revoke all on function public.find_linkable_user(text, text, text) from public, anon, authenticated, service_role;
