-- bare_address: host and path of a URL in one spelling, without scheme, default port and query.
--
-- Caller    leads_to_gateway
-- Rights    invoker, granted to nobody
create function public.bare_address(p_url text)
returns text
language sql
immutable
set search_path = ''
as $$
  select regexp_replace(
    regexp_replace(
      regexp_replace(
        regexp_replace(lower(split_part(p_url, '?', 1)), '^(https://[^/]*):0*443(/|$)', '\1\2'),
        '^(http://[^/]*):0*80(/|$)', '\1\2'
      ),
      '^https?://', ''
    ),
    '/{2,}', '/', 'g'
  )
$$;

revoke all on function public.bare_address from public, anon, authenticated, service_role;
