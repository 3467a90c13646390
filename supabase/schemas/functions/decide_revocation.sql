-- decide_revocation: whether the caller may end logins of an organization.
--
-- p_unknown is the answer to whoever is no member of it, and where there is none.
--
-- Caller    the RPCs that end connections, which hold their lock
-- Rights    invoker, granted to nobody
-- Outcomes  revoked | forbidden, or p_unknown
create function public.decide_revocation(p_organization_id text, p_unknown text)
returns public.connections_revocation
language plpgsql
stable
set search_path = ''
as $$
declare
  v_role text := public.platform_role(p_organization_id);
  v_revocation public.connections_revocation;
begin
  v_revocation.outcome := case
    when v_role is null then p_unknown
    when v_role = 'member' then 'forbidden'
    else 'revoked'
  end;
  return v_revocation;
end
$$;

revoke all on function public.decide_revocation from public, anon, authenticated, service_role;
