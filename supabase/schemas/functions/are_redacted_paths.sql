-- are_redacted_paths: whether texts are paths into JSON, in the part of JSONPath that the gateway knows.
--
-- $ and then steps: .name, ..name at any depth, [*], [0]. A name has no blanks,
-- dots, brackets, quotation marks and asterisks.
--
-- Caller    a check constraint
-- Rights    invoker, granted to nobody
create function public.are_redacted_paths(p_redacted_paths text[])
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select cardinality(p_redacted_paths) <= 50 and not exists (
    select from unnest(p_redacted_paths) as path
    where (
      char_length(path) <= 200
      and path ~ '^\$([.]{1,2}[^][:space:].[*"''$]+|\[([*]|[0-9]{1,6})\])+$'
    ) is not true
  )
$$;

revoke all on function public.are_redacted_paths from public, anon, authenticated, service_role;
