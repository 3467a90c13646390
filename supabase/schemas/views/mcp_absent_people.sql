-- mcp_absent_people: who called once and has not been back for three days or more.
--
-- came_back_on is empty for those who never called again three days after their first
-- call. Filter by last_called_on for another time.
--
-- Readers   members, as authenticated
create view public.mcp_absent_people with (security_invoker = true) as
select
  activity.organization_id,
  activity.mcp_server_user_id,
  person.email,
  person.profile_data ->> 'name' as person_name,
  person.auth_type <> 'none' as is_known,
  activity.first_called_on,
  activity.last_called_on,
  activity.came_back_on,
  (now() at time zone 'UTC')::date - activity.last_called_on as days_away,
  activity.calls
from public.mcp_user_activity as activity
join public.mcp_server_user as person on person.id = activity.mcp_server_user_id
where activity.last_called_on <= (now() at time zone 'UTC')::date - 3;

revoke all on public.mcp_absent_people from public, anon, authenticated, service_role;
grant select on public.mcp_absent_people to authenticated;
