-- mcp_ended_logins: why somebody was logged out: each login that has ended, with the reason.
--
-- A login stands here for a day after its end, and then what the audit says of
-- it. event and request_id are those of the audit event that was written with the
-- end. A blocked person's logins are not ended but refused: they are good again
-- when the person is let in. Logins at Gatepost's own page are not listed.
--
-- Readers   members, as authenticated
create view public.mcp_ended_logins with (security_invoker = true) as
select
  login.organization_id,
  login.mcp_server_user_id,
  person.email,
  login.mcp_server_id,
  server.slug as server,
  login.client_id,
  login.began_at,
  login.ended_at,
  login.reason,
  login.event,
  login.request_id,
  login.platform_user_id
from (
  select
    family.organization_id, family.mcp_server_user_id, family.mcp_server_id, client.client_id,
    family.created_at as began_at,
    case when family.revoked_at is null then coalesce(ending.occurred_at, family.expires_at) else family.revoked_at end
      as ended_at,
    case
      when family.revoked_reason = 'upstream_ended' then coalesce(upstream.ended_reason, 'upstream_ended')
      when family.revoked_reason is not null then family.revoked_reason
      when holder.blocked_at is not null then 'user_blocked'
      else 'refresh_token_expired'
    end as reason,
    ending.event, ending.request_id, ending.platform_user_id
  from (
    select
      revoked.organization_id, revoked.mcp_server_user_id, revoked.mcp_server_id, revoked.mcp_client_registration_id,
      revoked.upstream_token_id, revoked.created_at, revoked.expires_at, revoked.revoked_at, revoked.revoked_reason
    from public.mcp_proxy_tokens as revoked where revoked.revoked_at is not null
    union all
    select
      expired.organization_id, expired.mcp_server_user_id, expired.mcp_server_id, expired.mcp_client_registration_id,
      expired.upstream_token_id, expired.created_at, expired.expires_at, expired.revoked_at, expired.revoked_reason
    from public.mcp_proxy_tokens as expired
    where expired.revoked_at is null
      and expired.expires_on <= (now() at time zone 'UTC')::date
      and expired.expires_at <= now()
    union all
    select
      refused.organization_id, refused.mcp_server_user_id, refused.mcp_server_id, refused.mcp_client_registration_id,
      refused.upstream_token_id, refused.created_at, refused.expires_at, refused.revoked_at, refused.revoked_reason
    from public.mcp_server_user as blocked
    join public.mcp_proxy_tokens as refused
      on refused.organization_id = blocked.organization_id and refused.mcp_server_user_id = blocked.id
    where blocked.blocked_at is not null and refused.revoked_at is null and refused.expires_at > now()
  ) as family
  join public.mcp_client_registrations as client on client.id = family.mcp_client_registration_id
  join public.mcp_server_user as holder on holder.id = family.mcp_server_user_id
  left join public.upstream_oauth_tokens as upstream on upstream.id = family.upstream_token_id
  left join lateral (
    select entry.event, entry.request_id, entry.platform_user_id, entry.occurred_at
    from public.mcp_audit_events as entry
    where entry.organization_id = family.organization_id
      -- Below row level security PostgreSQL looks up a case in an index, and no coalesce.
      and entry.occurred_at = case when family.revoked_at is null then holder.blocked_at else family.revoked_at end
      and coalesce(entry.mcp_server_user_id, family.mcp_server_user_id) = family.mcp_server_user_id
      and coalesce(entry.mcp_server_id, family.mcp_server_id) = family.mcp_server_id
    order by entry.mcp_server_user_id nulls last, entry.id
    limit 1
  ) as ending on true
  where client.kind <> 'gatepost'
  union all
  (
    select
      entry.organization_id, entry.mcp_server_user_id, entry.mcp_server_id, entry.client_id, null::timestamptz, entry.occurred_at,
      coalesce(entry.reason, entry.event), entry.event, entry.request_id, entry.platform_user_id
    from public.mcp_audit_events as entry
    where entry.event in (
        'tokens_revoked', 'upstream_token_ended', 'user_tokens_revoked', 'user_deleted', 'user_merged',
        'users_merged', 'users_unmerged', 'connections_revoked', 'client_deleted', 'server_deleted'
      )
      and not exists (
        select from public.mcp_proxy_tokens as family
        where family.organization_id = entry.organization_id
          and family.revoked_at = entry.occurred_at
          and family.mcp_server_user_id = coalesce(entry.mcp_server_user_id, family.mcp_server_user_id)
          and family.mcp_server_id = coalesce(entry.mcp_server_id, family.mcp_server_id)
      )
    order by entry.occurred_at desc
  )
) as login
left join public.mcp_servers as server on server.id = login.mcp_server_id
left join public.mcp_server_user as person on person.id = login.mcp_server_user_id;

revoke all on public.mcp_ended_logins from public, anon, authenticated, service_role;
grant select on public.mcp_ended_logins to authenticated;
