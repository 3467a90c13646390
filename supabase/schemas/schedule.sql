-- Runs purge_expired every minute where pg_cron is available.
--
-- On a Supabase project it is. Switching it on needs rights and a preloaded
-- library that a PostgreSQL of one's own may lack; there the writes that clean
-- up after themselves suffice.
do $$
begin
  if not exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') then
    return;
  end if;
  create extension if not exists pg_cron with schema pg_catalog;
  perform cron.schedule('gatepost_purge_expired', '* * * * *', 'select public.purge_expired(10000)');
exception
  when insufficient_privilege or object_not_in_prerequisite_state or feature_not_supported or undefined_object
    or undefined_file or raise_exception then
    raise notice 'purge_expired is not scheduled: %', sqlerrm;
end
$$;
