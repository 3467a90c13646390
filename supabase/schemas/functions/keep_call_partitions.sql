-- keep_call_partitions: makes the partitions of mcp_calls that calls of the next days need, and drops those whose day is over.
--
-- Whoever makes or drops a partition locks the table, or its default partition,
-- against everybody. So each waits a tenth of a second for it and gives up: the next
-- clean-up tries again, and calls without a partition stand in the default one
-- meanwhile. A day that has calls there gets no partition any more. Attaching a
-- table locks less than making a partition in place. At most three go at a time.
--
-- The name of a table is no parameter of a statement, so this one function builds
-- statements: their only variable part is a date.
--
-- Caller    purge_expired, last, so that the locks end with it
-- Rights    invoker, granted to nobody
-- Locks     mcp_calls and its default partition, for a moment
create function public.keep_call_partitions()
returns void
language plpgsql
volatile
set search_path = ''
set lock_timeout = '100ms'
as $$
declare
  v_today date := (now() at time zone 'UTC')::date;
  v_day date;
  v_name text;
begin
  for v_day, v_name in
    select distinct needed.day, 'until_' || to_char(needed.day, 'YYYYMMDD')
    from (
      select v_today + retention + ahead as day
      from generate_series(1, 365) as retention
      cross join generate_series(0, 2) as ahead
      where exists (
        select from public.organizations as organization where organization.call_retention_days = retention
      )
    ) as needed
    where to_regclass('gatepost_calls.until_' || to_char(needed.day, 'YYYYMMDD')) is null
      and not exists (select from gatepost_calls.rest as unplaced where unplaced.keep_until = needed.day)
    order by needed.day
  loop
    execute format('create table gatepost_calls.%I (like public.mcp_calls including defaults including constraints)', v_name);
    execute format('alter table gatepost_calls.%I enable row level security', v_name);
    execute format(
      'alter table public.mcp_calls attach partition gatepost_calls.%I for values from (%L) to (%L)',
      v_name, v_day, v_day + 1
    );
  end loop;

  for v_name in
    select partition.relname
    from pg_catalog.pg_inherits as inheritance
    join pg_catalog.pg_class as partition on partition.oid = inheritance.inhrelid
    where inheritance.inhparent = 'public.mcp_calls'::regclass
      and partition.relname like 'until\_%' and partition.relname < 'until_' || to_char(v_today, 'YYYYMMDD')
    order by partition.relname
    limit 3
  loop
    execute format('drop table gatepost_calls.%I', v_name);
  end loop;
exception
  when lock_not_available then
    null;
end
$$;

revoke all on function public.keep_call_partitions from public, anon, authenticated, service_role;
