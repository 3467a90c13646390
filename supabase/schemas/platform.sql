-- What Supabase provides and a bare PostgreSQL lacks, and the one role that is Gatepost's own.
--
-- On a Supabase project every branch below finds its object and does nothing: the
-- schema auth belongs to the platform. On any other PostgreSQL this makes the
-- little that the rest of the schema refers to. Whoever runs another
-- implementation of Supabase Auth creates its schema before this runs.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    create role anon nologin;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    create role authenticated nologin;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    create role service_role nologin bypassrls;
  end if;
  -- The Edge Functions log in as this role where they do not use the REST layer. Nobody logs in as it until
  -- somebody lets them: some servers trust their own machine without a password. It is a member of no other role.
  -- Its functions answer times in UTC, as REST does.
  if not exists (select from pg_catalog.pg_roles where rolname = 'gatepost_functions') then
    create role gatepost_functions nologin noinherit;
    alter role gatepost_functions set search_path = '';
    alter role gatepost_functions set timezone = 'UTC';
    alter role gatepost_functions set statement_timeout = '8s';
    alter role gatepost_functions set idle_in_transaction_session_timeout = '8s';
  end if;

  if to_regnamespace('auth') is null then
    create schema auth;
    grant usage on schema auth to anon, authenticated, service_role;
  end if;
  if to_regclass('auth.users') is null then
    create table auth.users (id uuid primary key, email text, email_confirmed_at timestamptz);
  end if;
  if to_regprocedure('auth.uid()') is null then
    create function auth.uid()
    returns uuid
    language sql
    stable
    set search_path = ''
    as $body$
      select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
      )::uuid
    $body$;
  end if;
end
$$;

-- Nobody but the owner may use a new object in public until a grant says so.
-- Projects that are older than this default of the platform grant everything.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;

grant usage on schema public to anon, authenticated, service_role, gatepost_functions;
