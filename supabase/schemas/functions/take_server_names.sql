-- take_server_names: gives a server its names, and retires those that it had before.
--
-- Where the operator reserves slugs, an organization takes none but those that stand
-- among the retired ones for it.
--
-- Called after the server has been written: whoever had a name until a moment ago
-- has committed by then, so the retired name is seen. Raising undoes the write.
--
-- Caller    save_mcp_server
-- Rights    invoker, granted to nobody
-- Raises    23505 when a name is retired for another organization, or has to be reserved and is not
create function public.take_server_names(p_organization_id text, p_names text[], p_former_names text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_foreign_name text := (
    select retired.name from public.retired_server_names as retired
    where retired.name = any (p_names) and retired.organization_id <> p_organization_id
    limit 1
  );
begin
  if v_foreign_name is not null then
    raise exception using
      errcode = '23505',
      message = 'the name is retired for another organization',
      constraint = case when strpos(v_foreign_name, ':') > 0
        then 'mcp_server_resource_is_unique' else 'mcp_server_slug_is_unique' end;
  end if;

  if exists (
    select from unnest(p_names) as taken (name)
    join public.gatepost_settings as setting on setting.server_slugs = 'reserved'
    where strpos(taken.name, ':') = 0
      and not coalesce(taken.name = any (array_remove(p_former_names, null)), false)
      and not exists (select from public.retired_server_names as retired where retired.name = taken.name)
  ) then
    raise exception using
      errcode = '23505',
      message = 'the slug is not reserved for the organization',
      constraint = 'mcp_server_slug_is_unique';
  end if;

  delete from public.retired_server_names as retired where retired.name = any (p_names);
  perform public.retire_server_names(
    p_organization_id => p_organization_id,
    p_names => array(
      select former.name from unnest(p_former_names) as former (name)
      where not coalesce(former.name = any (array_remove(p_names, null)), false)
    )
  );
end
$$;

revoke all on function public.take_server_names from public, anon, authenticated, service_role;
