-- end_surplus_codes: makes room for a code: those of a user that nobody redeemed go beyond the bound, with their tokens.
--
-- Whoever logs in again and again, and redeems nothing, keeps the newest codes
-- only. The few behind them are looked at, whatever there is: each login moves a
-- code behind by one, so none is passed over, and a login costs the same for a user
-- with any number of codes. A code that was spent stays, so that a replay of it is
-- seen.
--
-- Caller    complete_authorization
-- Rights    invoker, granted to nobody
-- Locks     codes and their vault entries, where nobody else holds either (skip locked)
create function public.end_surplus_codes(p_session public.mcp_authorization_sessions, p_mcp_server_user_id text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_upstream_token_ids text[];
begin
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'unredeemed code of a user';
  with ended_code as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select surplus.code_hash
      from (
        select own.code_hash, own.upstream_token_id from public.mcp_authorization_codes as own
        where own.organization_id = p_session.organization_id
          and own.mcp_server_user_id = p_mcp_server_user_id
        order by own.created_at desc
        offset v_bound.of_source - 1
        limit 8
        for update skip locked
      ) as surplus
      join public.upstream_oauth_tokens as upstream on upstream.id = surplus.upstream_token_id
      for update of upstream skip locked
    ))
      and code.spent_at is null
    returning code.upstream_token_id
  )
  select array_agg(ended_code.upstream_token_id) into v_upstream_token_ids from ended_code;
  if v_upstream_token_ids is null then
    return;
  end if;

  perform public.delete_unredeemed_logins(p_upstream_token_ids => v_upstream_token_ids);
  perform public.record_audit_event(
    p_organization_id => p_session.organization_id,
    p_event => 'tokens_revoked',
    p_reason => 'too_many_connections',
    p_mcp_server_id => p_session.mcp_server_id,
    p_mcp_server_user_id => p_mcp_server_user_id
  );
end
$$;

revoke all on function public.end_surplus_codes from public, anon, authenticated, service_role;
