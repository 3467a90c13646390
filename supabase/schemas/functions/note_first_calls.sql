-- note_first_calls: copies to people when they called first, and again after three days, where that has changed.
--
-- That is twice in the life of a person. Somebody whom a login holds is skipped, so
-- that nobody waits; the person's next call catches up.
--
-- Caller    count_mcp_calls, and recount_mcp_callers, whose caller holds the users
-- Rights    invoker, granted to nobody
-- Locks     the users who change, where nobody else holds them (skip locked)
create function public.note_first_calls(p_mcp_server_user_ids text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  with changed as (
    select person.id, activity.first_called_on, activity.came_back_on
    from public.mcp_server_user as person
    join public.mcp_user_activity as activity
      on activity.organization_id = person.organization_id and activity.mcp_server_user_id = person.id
    where person.id = any (p_mcp_server_user_ids)
      and (
        person.first_called_on is distinct from activity.first_called_on
        or person.came_back_on is distinct from activity.came_back_on
      )
    order by person.id
    for no key update of person skip locked
  )
  update public.mcp_server_user as person
  set first_called_on = changed.first_called_on, came_back_on = changed.came_back_on
  from changed
  where person.id = changed.id;
end
$$;

revoke all on function public.note_first_calls from public, anon, authenticated, service_role;
