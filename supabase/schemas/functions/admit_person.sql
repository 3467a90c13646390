-- admit_person: counts somebody whom an organization does not know yet, or says why it takes nobody more.
--
-- A provider may be the organization's own, and name as many people as it likes. So
-- an organization has a quota of people whom a provider names (gatepost_settings) and
-- a number of new ones a day (row_bounds). People whom no provider names are
-- forgotten, so only the number a day limits them. Where there is no room nothing is
-- locked.
--
-- Caller    resolve_mcp_server_user, before it writes an identity; resolve_anonymous_user
-- Rights    invoker, granted to nobody
-- Locks     the organization's count of people
-- Returns   people_quota_reached | too_many_new_people, or null for somebody who was counted
create function public.admit_person(p_organization_id text, p_is_named boolean)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_today date := (now() at time zone 'UTC')::date;
  v_people integer := (select setting.people_per_organization from public.gatepost_settings as setting);
  v_newcomers integer := (select bound.of_source from public.row_bounds as bound where bound.kind = 'new person');
  v_gone integer := (
    select organization.identities_gone from public.organizations as organization where organization.id = p_organization_id
  );
  v_counted public.organization_people;
  v_refusal text;
begin
  select * into v_counted
  from public.organization_people as counted
  where counted.organization_id = p_organization_id;
  for v_attempt in 1..2 loop
    v_refusal := case
      when p_is_named and coalesce(v_counted.identities, 0) - v_gone >= v_people then 'people_quota_reached'
      when v_counted.counted_on >= v_today and v_counted.arrived >= v_newcomers then 'too_many_new_people'
    end;
    exit when v_refusal is not null or v_attempt = 2;
    -- What somebody else has counted meanwhile is looked at under the lock.
    insert into public.organization_people (organization_id)
    values (p_organization_id)
    on conflict (organization_id) do nothing;
    select * into v_counted
    from public.organization_people as counted
    where counted.organization_id = p_organization_id
    for no key update;
  end loop;
  if v_refusal is not null then
    return v_refusal;
  end if;

  update public.organization_people as counted
  set identities = counted.identities + case when p_is_named then 1 else 0 end,
      counted_on = greatest(counted.counted_on, v_today),
      arrived = case when counted.counted_on >= v_today then counted.arrived + 1 else 1 end
  where counted.organization_id = p_organization_id;
  return null;
end
$$;

revoke all on function public.admit_person from public, anon, authenticated, service_role;
