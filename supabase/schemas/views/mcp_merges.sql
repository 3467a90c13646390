-- mcp_merges: which end user was merged into which, by whom, and whether that was taken back.
--
-- Readers   members, as authenticated
create view public.mcp_merges with (security_invoker = true) as
select
  merge.organization_id,
  merge.id as merge_id,
  merge.mcp_server_user_id,
  person.email,
  merge.merged_user_id,
  merge.merged_at,
  merge.merged_by,
  actor.email as actor,
  merge.taken_back_at
from public.mcp_server_user_merges as merge
join public.mcp_server_user as person on person.id = merge.mcp_server_user_id
left join public.list_member_addresses() as actor on actor.user_id = merge.merged_by;

revoke all on public.mcp_merges from public, anon, authenticated, service_role;
grant select on public.mcp_merges to authenticated;
