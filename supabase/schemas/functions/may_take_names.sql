-- may_take_names: whether an organization may take names for a server, with those it retired.
--
-- Each name that is taken is retired one day, and stays. The names that are asked
-- for do not count: an organization may always take its own back.
--
-- Caller    save_mcp_server, which holds the organization's lock
-- Rights    invoker, granted to nobody
create function public.may_take_names(p_organization_id text, p_names text[])
returns boolean
language sql
volatile
set search_path = ''
as $$
  select setting.retired_names_per_organization > (
    select count(*) from public.retired_server_names as retired
    where retired.organization_id = p_organization_id
      and not coalesce(retired.name = any (array_remove(p_names, null)), false)
  )
  from public.gatepost_settings as setting
$$;

revoke all on function public.may_take_names from public, anon, authenticated, service_role;
