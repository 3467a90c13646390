-- row_bounds: how many rows of a kind a source and a server may cause. The one place that says so.
--
-- A source is whoever causes a row: the caller's address group (where that is not
-- known the place that the client's redirect leads to), an end user, a client, an
-- organization that has a provider examined or whose provider names new people, or the MCP server whose calls are named. of_source and of_server are how many
-- rows count at the same time, or are new in one window. Within held_for a row does
-- not make room for another. beyond says what happens to one row more;
-- supabase/README.md has the same table, and a test compares both.
-- No policy: only the definer functions read it.

create table public.row_bounds (
  kind text primary key,
  of_source integer not null,
  of_server integer,
  held_for interval,
  counted_in interval,
  beyond text not null,
  constraint bounds_are_positive check (of_source > 0 and of_server >= of_source)
);

insert into public.row_bounds (kind, of_source, of_server, held_for, counted_in, beyond) values
  ('client', 25000, 60000, '1 minute', null, 'an old one of its source goes, else 429'),
  ('client of one redirect place', 20000, null, null, null, 'an old one of its source goes, else 429'),
  ('login', 25000, 60000, '10 minutes', null, 'one that has ended goes, else 429'),
  ('login by one redirect place', 20000, null, null, null, 'one that has ended goes, else 429'),
  ('login of an unused client', 20, null, null, null, 'an old one of its client goes'),
  ('assertion', 10000, null, null, null, 'refused for the moment'),
  ('assertion of an unused client', 20, null, null, null, 'refused for the moment'),
  ('visitor', 5000, 10000, null, '1 day', 'answered and not recorded'),
  ('MCP session', 200, null, null, '1 hour', 'answered and not recorded'),
  ('MCP session of a visitor', 10, null, null, '1 hour', 'answered and not recorded'),
  ('new person', 50000, null, null, '1 day', 'refused; known people log in'),
  ('connection of a user', 100, null, null, null, 'the oldest with its client ends'),
  ('unredeemed code of a user', 100, null, null, null, 'the oldest goes, with its tokens'),
  ('config check', 30, null, null, '10 minutes', 'refused for the moment'),
  ('audit event', 1, null, null, '1 hour', 'counted in the same row'),
  ('call', 20000, null, null, '1 day', 'counted and not recorded'),
  ('call of a visitor', 2000, null, null, '1 day', 'counted and not recorded'),
  ('call of unknown callers', 50000, null, null, '1 day', 'counted and not recorded'),
  ('name of calls', 500, null, null, '1 day', 'counted as (other)'),
  ('name of calls that fail', 100, null, null, '1 day', 'counted as (other)');

alter table public.row_bounds enable row level security;

revoke all on public.row_bounds from public, anon, authenticated, service_role;
