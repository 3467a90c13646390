/**
 * What is measured: each SQL function, and beside it what makes the same inserts
 * and updates and checks nothing, in two ways: the floor, which is one statement
 * and so one round trip, as a call of the function is; and the same by hand, as
 * a transaction of one statement after the other.
 *
 * Every statement takes one number, `:n`, and everything else follows from it.
 * A function's statement divides by zero when the outcome is not the expected
 * one, so that no failure is measured as a success.
 *
 * @module
 */

import { filled } from "../../support/fill.ts";

/** One thing to measure. */
export interface Workload {
  name: string;
  /** Which numbers it takes: users at random, users after the last, codes in order. */
  numbers: "known" | "new" | "codes";
  function: string;
  floor: string;
  /** Statements between begin and commit; none where the floor is all there is. */
  byHand: string[];
  /** Transactions of one measurement. */
  transactions: number;
}

const { organizationId, configId, clientId, slug } = filled;

function expect(outcome: string, call: string): string {
  return `select 1 / (answer.outcome = '${outcome}')::integer from ${call} as answer`;
}

const vaultColumns = `
  (organization_id, mcp_server_user_id, oauth_config_id, access_token_ciphertext, refresh_token_ciphertext, scope,
   expires_at, client_generation)`;

function insertToken(userId: string): string {
  return `insert into public.upstream_oauth_tokens ${vaultColumns}
    values
      ('${organizationId}', ${userId}, '${configId}', repeat('a', 900), repeat('r', 300), 'openid email',
       now() + interval '1 hour', 1)`;
}

function provision(): string {
  return `public.provision_mcp_server_user(
    '${configId}', null, 'subject-' || :n, 'user-' || :n || '@example.com', true, '{"name": "Somebody"}', null,
    repeat('a', 900), repeat('r', 300), 'openid email', now() + interval '1 hour')`;
}

/** The workloads, in the order of the table. */
export const workloads: Workload[] = [
  {
    name: "provision, known user",
    numbers: "known",
    transactions: 20_000,
    function: expect("matched", provision()),
    floor: `
      with known as (
        update public.mcp_server_user
        set email = 'user-' || :n || '@example.com', email_verified = true, profile_data = '{"name": "Somebody"}',
            profile_refreshed_at = now(), last_seen_at = now()
        where id = numbered.id('mcpu_', :n)
      )
      insert into public.upstream_oauth_tokens ${vaultColumns}
      values
        ('${organizationId}', numbered.id('mcpu_', :n), '${configId}', repeat('a', 900), repeat('r', 300), 'openid email',
         now() + interval '1 hour', 1)`,
    byHand: [
      `update public.mcp_server_user
       set email = 'user-' || :n || '@example.com', email_verified = true, profile_data = '{"name": "Somebody"}',
           profile_refreshed_at = now(), last_seen_at = now()
       where id = numbered.id('mcpu_', :n)`,
      insertToken("numbered.id('mcpu_', :n)"),
    ],
  },
  {
    name: "provision, new user",
    numbers: "new",
    transactions: 20_000,
    function: expect("created", provision()),
    floor: `
      with made as (
        insert into public.mcp_server_user
          (organization_id, auth_type, email, email_verified, upstream_sub, profile_data, profile_refreshed_at)
        values
          ('${organizationId}', 'custom_oauth', 'user-' || :n || '@example.com', true, 'subject-' || :n,
           '{"name": "Somebody"}', now())
        returning id
      ), identity as (
        insert into public.mcp_server_user_identities
          (organization_id, source, subject, mcp_server_user_id, first_oauth_config_id)
        select '${organizationId}', 'https://login.example.com', 'subject-' || :n, id, '${configId}' from made
      ), event as (
        insert into public.mcp_audit_events (organization_id, mcp_server_user_id, event, keep_until)
        select '${organizationId}', id, 'user_created', now() + interval '365 days' from made
      )
      insert into public.upstream_oauth_tokens ${vaultColumns}
      select '${organizationId}', id, '${configId}', repeat('a', 900), repeat('r', 300), 'openid email',
        now() + interval '1 hour', 1
      from made`,
    byHand: [
      `insert into public.mcp_server_user
         (id, organization_id, auth_type, email, email_verified, upstream_sub, profile_data, profile_refreshed_at)
       values
         (numbered.id('mcpu_', :n), '${organizationId}', 'custom_oauth', 'user-' || :n || '@example.com', true,
          'subject-' || :n, '{"name": "Somebody"}', now())`,
      `insert into public.mcp_server_user_identities
         (organization_id, source, subject, mcp_server_user_id, first_oauth_config_id)
       values
         ('${organizationId}', 'https://login.example.com', 'subject-' || :n, numbered.id('mcpu_', :n), '${configId}')`,
      insertToken("numbered.id('mcpu_', :n)"),
      `insert into public.mcp_audit_events (organization_id, mcp_server_user_id, event, keep_until)
       values ('${organizationId}', numbered.id('mcpu_', :n), 'user_created', now() + interval '365 days')`,
    ],
  },
  {
    name: "redeem",
    numbers: "codes",
    transactions: 20_000,
    function: expect(
      "redeemed",
      `public.redeem_authorization_code(
        '${slug}', '${clientId}', null, numbered.hash('code', :n), '${filled.redirectUri}', '${filled.codeChallenge}',
        '${filled.resource}', numbered.hash('redeemed', :n), numbered.hash('refresh', :n))`,
    ),
    floor: `
      with family as (
        insert into public.mcp_proxy_tokens
          (organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id, resource,
           scope, auth_time, handle_hash, refresh_hash, expires_at)
        select organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id, resource,
          scope, auth_time, numbered.hash('redeemed', :n), numbered.hash('refresh', :n), now() + interval '30 days'
        from public.mcp_authorization_codes where code_hash = numbered.hash('code', :n)
        returning id
      )
      update public.mcp_authorization_codes
      set spent_at = now(), mcp_proxy_token_id = (select id from family)
      where code_hash = numbered.hash('code', :n)`,
    byHand: [
      `insert into public.mcp_proxy_tokens
         (id, organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id, resource,
          scope, auth_time, handle_hash, refresh_hash, expires_at)
       select numbered.id('mcpt_', :n), organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id,
         upstream_token_id, resource, scope, auth_time, numbered.hash('redeemed', :n), numbered.hash('refresh', :n),
         now() + interval '30 days'
       from public.mcp_authorization_codes where code_hash = numbered.hash('code', :n)`,
      `update public.mcp_authorization_codes
       set spent_at = now(), mcp_proxy_token_id = numbered.id('mcpt_', :n)
       where code_hash = numbered.hash('code', :n)`,
    ],
  },
  {
    name: "rotate",
    numbers: "known",
    transactions: 30_000,
    // The successor is the token itself, so that the next round presents it again.
    function: expect(
      "rotated",
      `public.rotate_refresh_token(
        '${slug}', '${clientId}', null, numbered.hash('handle', :n), numbered.hash('refresh', :n),
        numbered.hash('refresh', :n), repeat('s', 200), '${filled.resource}')`,
    ),
    floor: `
      update public.mcp_proxy_tokens
      set refresh_hash = numbered.hash('refresh', :n), previous_refresh_hash = numbered.hash('refresh', :n),
          successor_ciphertext = repeat('s', 200), rotated_at = now(), expires_at = now() + interval '30 days'
      where handle_hash = numbered.hash('handle', :n)`,
    byHand: [
      `update public.mcp_proxy_tokens
       set refresh_hash = numbered.hash('refresh', :n), previous_refresh_hash = numbered.hash('refresh', :n),
           successor_ciphertext = repeat('s', 200), rotated_at = now(), expires_at = now() + interval '30 days'
       where handle_hash = numbered.hash('handle', :n)`,
    ],
  },
  {
    name: "introspect",
    numbers: "known",
    transactions: 60_000,
    function: expect(
      "active",
      `public.introspect_token(
        '${slug}', '${filled.resourceServerId}', '${filled.secretHash}', numbered.id('mcpt_', :n), null, null)`,
    ),
    floor: `
      select family.id, family.scope, family.resource, holder.id, holder.email, holder.email_verified
      from public.mcp_proxy_tokens as family
      join public.mcp_server_user as holder on holder.id = family.mcp_server_user_id
      where family.id = numbered.id('mcpt_', :n)`,
    byHand: [],
  },
];

/** Clean-up is measured in rows: by one connection, a thousand rows a time. */
export const purge = {
  batch: 1_000,
  function: "select public.purge_expired(1000)",
  floor: `
    delete from public.mcp_authorization_sessions where id = any (array(
      select id from public.mcp_authorization_sessions where expires_at < now() order by expires_at limit 1000
    ))`,
} as const;
