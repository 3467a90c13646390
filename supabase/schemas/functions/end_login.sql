-- end_login: ends a vault entry and its token family, and says so in the audit.
--
-- Caller    end_upstream_token, count_upstream_refusal, end_lent_refresh; each holds both rows
-- Rights    invoker, granted to nobody
create function public.end_login(p_upstream_token_id text, p_reason text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_upstream public.upstream_oauth_tokens;
begin
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = p_reason
  where upstream.id = p_upstream_token_id
  returning * into v_upstream;
  update public.mcp_proxy_tokens as family
  set revoked_at = now(), revoked_reason = 'upstream_ended', expires_at = least(family.expires_at, now())
  where family.upstream_token_id = v_upstream.id and family.revoked_at is null;
  perform public.record_audit_event(
    p_organization_id => v_upstream.organization_id,
    p_event => 'upstream_token_ended',
    p_reason => p_reason,
    p_mcp_server_user_id => v_upstream.mcp_server_user_id
  );
end
$$;

revoke all on function public.end_login from public, anon, authenticated, service_role;
