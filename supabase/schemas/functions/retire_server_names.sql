-- retire_server_names: keeps names that a server no longer has for its organization.
--
-- Caller    save_mcp_server, delete_mcp_server, delete_organization
-- Rights    invoker, granted to nobody
create function public.retire_server_names(p_organization_id text, p_names text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.retired_server_names (name, organization_id)
  select taken.name, p_organization_id from unnest(array_remove(p_names, null)) as taken (name)
  order by taken.name
  on conflict (name) do nothing;
end
$$;

revoke all on function public.retire_server_names from public, anon, authenticated, service_role;
