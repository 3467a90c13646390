-- Runs purge_expired every minute where pg_cron is available.
--
-- Every Supabase project has it. Another PostgreSQL may lack the library or the
-- rights. The functions that call purge_expired themselves are then enough.
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
