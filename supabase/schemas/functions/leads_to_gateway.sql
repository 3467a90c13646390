-- leads_to_gateway: whether a URL is one of the gateway's own, by its text.
--
-- The gateway asks the same of each call (functions/mcp/forward/loop.ts), and marks
-- its calls for the names and proxies that lead back to it. A path with dot
-- segments on the own host counts as leading here.
--
-- Caller    save_mcp_server
-- Rights    invoker, granted to nobody
create function public.leads_to_gateway(p_url text, p_public_url text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_gateway text := public.bare_address(p_public_url);
  v_address text := public.bare_address(p_url);
begin
  return coalesce(
    v_address ~ '/(\.|%2e){1,2}(/|$)' and split_part(v_address, '/', 1) = split_part(v_gateway, '/', 1)
    or starts_with(v_address, v_gateway || '/')
      and substr(v_address, length(v_gateway) + 2) ~ '^(mcp|oauth(-[a-z]+)?)(/|$)',
    false
  );
end
$$;

revoke all on function public.leads_to_gateway from public, anon, authenticated, service_role;
