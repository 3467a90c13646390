-- redirect_place: where a redirect URI leads, as registration_redirect_hosts names it.
--
-- The host of an https URI without its port; "localhost" for the three loopback
-- hosts; the scheme of an app with its colon. Null for anything else. The URIs
-- have the normal form that the registration endpoint demands, so each place has
-- one spelling.
--
-- Caller    register_mcp_client, open_authorization_session
-- Rights    invoker, granted to nobody
create function public.redirect_place(p_redirect_uri text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_redirect_uri ~ '^https:' then substring(p_redirect_uri from '^https://([^/?#:@]+)(?::[0-9]+)?(?:[/?]|$)')
    when p_redirect_uri ~ '^http:' then
      case when p_redirect_uri ~ '^http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]+)?([/?]|$)' then 'localhost' end
    else substring(p_redirect_uri from '^[a-z][a-z0-9+.-]*:')
  end;
end
$$;

revoke all on function public.redirect_place from public, anon, authenticated, service_role;
