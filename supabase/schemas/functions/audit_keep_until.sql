-- audit_keep_until: the end of an organization's retention for an event of now.
--
-- Caller    record_audit_event, record_platform_event, and the RPCs that record visitors and MCP sessions
-- Rights    invoker, granted to nobody
create function public.audit_keep_until(p_organization_id text)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return now() + make_interval(days => coalesce(
    (select organization.audit_retention_days
     from public.organizations as organization
     where organization.id = p_organization_id),
    365
  ));
end
$$;

revoke all on function public.audit_keep_until from public, anon, authenticated, service_role;
