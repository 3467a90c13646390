-- mcp_user_activity: when each person called first, last, and again after three days.
--
-- It follows from mcp_call_days (move_mcp_calls counts it anew): named requests count, and
-- not what a client does by itself. last_day_calls are the calls of last_called_on:
-- beyond a number a day they are counted and not recorded (row_bounds). Whoever writes
-- what a person did holds this row, so that a person's calls are counted one batch
-- after the other. All is null or 0 in a row that somebody holds before the first call.

create table public.mcp_user_activity (
  organization_id text not null,
  mcp_server_user_id text not null,
  first_called_on date,
  last_called_on date,
  came_back_on date,
  calls bigint not null default 0,
  last_day_calls integer not null default 0,
  constraint activity_is_one_row primary key (organization_id, mcp_server_user_id),
  constraint activity_is_of_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade
) with (fillfactor = 80);

create index mcp_user_activity_by_day on public.mcp_user_activity (organization_id, last_called_on);

alter table public.mcp_user_activity enable row level security;

create policy "Members read their organization's activity"
  on public.mcp_user_activity for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_user_activity from public, anon, authenticated, service_role;
grant select on public.mcp_user_activity to authenticated;
