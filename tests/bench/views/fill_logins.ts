/**
 * Logins of a year, as the audit has them.
 *
 * @module
 */

import { filled } from "../../support/database/fill.ts";
import type { Sql } from "../../support/database/database.ts";

/** Of a hundred logins so many fail, are abandoned, or happen again within the hour. */
const SHARES = { failed: 5, abandoned: 2, repeated: 1 };

/** Adds the logins of an organization, the newest now, and a few of every other organization. */
export async function fillLogins(admin: Sql, people: number, logins: number): Promise<void> {
  const event = `case when n % 100 < ${SHARES.failed} then 'login_failed'
    when n % 100 < ${SHARES.failed + SHARES.abandoned} then 'login_abandoned' else 'login_completed' end`;
  const reason = `case when n % 100 < ${SHARES.failed} then 'upstream_refused'
    when n % 100 < ${SHARES.failed + SHARES.abandoned} then 'provider_sent_nobody_back' else 'matched' end`;
  const at = `now() - interval '1 year' * (1 - n::double precision / ${logins})`;
  await admin.unsafe("alter table public.mcp_audit_events disable trigger all");
  await admin.unsafe(`
    insert into public.mcp_audit_events
      (organization_id, mcp_server_id, mcp_server_user_id, client_id, event, reason, request_id, detail, began_at,
       occurred_at, last_occurred_at, keep_until, occurrences, repeated_request_ids)
    select '${filled.organizationId}', '${filled.serverId}',
      case when n % 100 >= ${
    SHARES.failed + SHARES.abandoned
  } then numbered.id('mcpu_', n::bigint * 7919 % ${people} + 1) end,
      '${filled.clientId}', ${event}, ${reason}, md5('request' || n)::uuid::text,
      case when n % 100 < ${SHARES.failed} then '{"step": "token", "status": 401}'::jsonb end,
      ${at} - interval '20 seconds', ${at}, ${at}, now() + interval '1 year',
      case when n % 101 < ${SHARES.repeated} then 3 else 1 end,
      case when n % 101 < ${SHARES.repeated}
        then array[md5('again' || n)::uuid::text, md5('and again' || n)::uuid::text] end
    from generate_series(1, ${logins}) as n`);
  await admin.unsafe(`
    insert into public.mcp_audit_events
      (organization_id, mcp_server_id, client_id, event, reason, request_id, began_at, occurred_at, last_occurred_at,
       keep_until)
    select numbered.id('org_', n), numbered.id('mcps_', n), numbered.id('mcr_', n), 'login_completed', 'matched',
      gen_random_uuid()::text, now(), now(), now(), now() + interval '1 year'
    from generate_series(1, 999) as n, generate_series(1, 100)`);
  await admin.unsafe(`
    insert into public.mcp_authorization_sessions
      (organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, client_generation, state_hash,
       browser_hash, form_hash, request_ciphertext, redirect_uri, resource, scope, code_challenge, request_id,
       created_at, expires_at)
    select '${filled.organizationId}', '${filled.serverId}', '${filled.clientId}', '${filled.configId}', 1,
      numbered.hash('state', n), numbered.hash('browser', n), numbered.hash('form', n), 'sealed',
      '${filled.redirectUri}', '${filled.resource}', 'openid', '${filled.codeChallenge}', gen_random_uuid()::text,
      now() - n * interval '1 second', now() - n * interval '1 second' + interval '10 minutes'
    from generate_series(1, 2000) as n`);
  // Some connections have ended, some people are blocked, and some have been here before.
  await admin.unsafe(`
    update public.mcp_proxy_tokens
    set revoked_at = now() - random() * interval '20 hours', revoked_reason = 'organization_revoked',
        expires_at = now() - interval '1 day'
    where mod(hashtext(id), 50) = 0`);
  await admin.unsafe(`
    update public.mcp_proxy_tokens
    set created_at = now() - random() * interval '30 days'
    where organization_id = '${filled.organizationId}' and revoked_at is null`);
  await admin.unsafe(`
    update public.mcp_server_user
    set first_seen_at = now() - random() * interval '1 year', last_seen_at = now() - random() * interval '30 days'
    where organization_id = '${filled.organizationId}'`);
}
