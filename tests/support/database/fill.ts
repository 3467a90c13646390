/**
 * Fills a database with end users and all that hangs on them, server-side.
 *
 * Everything follows from a row's number, so that a statement finds a user, a
 * code or a refresh token by number alone: see the functions of the schema
 * `numbered`. Keys look random, as real ones do, so that indexes grow as they
 * would.
 *
 * @module
 */

import { COUNTS } from "./counts.ts";
import type { Sql } from "./database.ts";

/** The ids of what all filled rows share. */
export const filled = {
  organizationId: "org_filled",
  configId: "coac_filled",
  serverId: "mcps_filled",
  slug: "filled",
  clientId: "mcr_filled",
  resourceServerId: "mrs_filled",
  secretHash: "s".repeat(43),
  redirectUri: "https://client.example.com/callback",
  resource: "https://auth.example.com/mcp/filled",
  codeChallenge: "c".repeat(43),
} as const;

/** A server of the same organization all of whose places are taken, by a flood that is over. */
export const crowded = {
  serverId: "mcps_crowded",
  slug: "crowded",
  clientId: "mcr_crowded",
  places: 60_000,
} as const;

/** Sizes of a usual access and refresh token under JWE. */
const ACCESS_CIPHERTEXT_LENGTH = 900;
const REFRESH_CIPHERTEXT_LENGTH = 300;

/** Makes the organization, its server and client, and the functions that name numbered rows. */
export async function prepareFilling(owner: Sql): Promise<void> {
  await owner.unsafe(`
    create schema numbered;
    grant usage on schema numbered to postgres;
    create function numbered.scattered(p_number bigint) returns text language sql immutable as
      $$ select lpad(to_hex((p_number * 2654435761) & 4294967295), 8, '0') $$;
    create function numbered.id(p_prefix text, p_number bigint) returns text language sql immutable as
      $$ select p_prefix || numbered.scattered(p_number) || 'abcd' $$;
    create function numbered.hash(p_kind text, p_number bigint) returns text language sql immutable as
      $$ select rpad(numbered.scattered(p_number) || p_kind, 43, 'x') $$;
    create function numbered.sealed(p_length integer) returns text language sql volatile as
      $$ select left(repeat(md5(random()::text), p_length / 32 + 1), p_length) $$;
    create function numbered.token(p_length integer) returns text language sql volatile as
      $$ select translate(rtrim(encode(convert_to(jsonb_build_object(
           'alg', 'dir', 'enc', 'A256GCM', 'kid', 'filled', 'typ', 'upstream-token', 'org', '${filled.organizationId}',
           'row', 'uoat_' || left(md5(txid_current()::text), 12))::text, 'UTF8'), 'base64'), '='), E'+/\\n', '-_')
         || '..' || repeat('i', 16) || '.' || repeat('a', p_length) || '.' || repeat('t', 22) $$;
    insert into public.organizations (id, name) values ('${filled.organizationId}', 'Filled');
    insert into public.organization_people (organization_id) values ('${filled.organizationId}');
    insert into public.custom_oauth_configs (id, organization_id, name, issuer, client_id, token_endpoint_auth_method)
    values ('${filled.configId}', '${filled.organizationId}', 'Filled', 'https://login.example.com', 'gatepost', 'none');
    insert into public.mcp_servers (id, organization_id, slug, name, custom_oauth_config_id)
    values ('${filled.serverId}', '${filled.organizationId}', '${filled.slug}', 'Filled', '${filled.configId}');
    insert into public.mcp_client_registrations
      (id, organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types,
       first_used_at, expires_at)
    values
      ('${filled.clientId}', '${filled.organizationId}', '${filled.serverId}', '${filled.clientId}', 'dynamic', 'none',
       array['${filled.redirectUri}'], array['authorization_code', 'refresh_token'], now(), null);
    insert into public.mcp_resource_servers (id, organization_id, mcp_server_id, name, secret_hash)
    values
      ('${filled.resourceServerId}', '${filled.organizationId}', '${filled.serverId}', 'Filled', '${filled.secretHash}');
  `);
}

/** Adds users `from` to `to`, each with an identity, a vault entry, a token family, a session and two audit events. */
export async function fillUsers(owner: Sql, from: number, to: number): Promise<void> {
  const numbers = `generate_series(${from}, ${to}) as n`;
  await withoutTriggers(owner, [
    `insert into public.mcp_server_user
       (id, organization_id, auth_type, email, email_verified, upstream_sub, profile_data, profile_refreshed_at)
     select numbered.id('mcpu_', n), '${filled.organizationId}', 'custom_oauth', 'user-' || n || '@example.com', true,
       'subject-' || n, jsonb_build_object('name', 'User ' || n), now()
     from ${numbers}`,
    `insert into public.mcp_server_user_identities
       (organization_id, source, subject, mcp_server_user_id, first_oauth_config_id)
     select '${filled.organizationId}', 'https://login.example.com', 'subject-' || n, numbered.id('mcpu_', n),
       '${filled.configId}'
     from ${numbers}`,
    fillVault(numbers, "uoat_"),
    `insert into public.mcp_proxy_tokens
       (id, organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id, resource,
        scope, auth_time, handle_hash, refresh_hash, expires_at)
     select numbered.id('mcpt_', n), '${filled.organizationId}', '${filled.serverId}', '${filled.clientId}',
       numbered.id('mcpu_', n), numbered.id('uoat_', n), '${filled.resource}', 'openid email offline_access', now(),
       numbered.hash('handle', n), numbered.hash('refresh', n), now() + interval '30 days'
     from ${numbers}`,
    `insert into public.mcp_server_session
       (organization_id, mcp_server_id, mcp_server_user_id, session_hash, client_id, keep_until)
     select '${filled.organizationId}', '${filled.serverId}', numbered.id('mcpu_', n), numbered.hash('session', n),
       '${filled.clientId}', current_date + 365
     from ${numbers}`,
    `insert into public.mcp_audit_events
       (organization_id, mcp_server_id, mcp_server_user_id, client_id, event, keep_until)
     select '${filled.organizationId}', '${filled.serverId}', numbered.id('mcpu_', n), '${filled.clientId}', event,
       now() + interval '365 days'
     from ${numbers}, (values ('user_created'), ('login_completed')) as events (event)`,
  ]);
}

/** Makes the server at its bounds: every place has a client that led to no login, and a login that nobody finished. */
export async function fillCrowd(owner: Sql): Promise<void> {
  const places = `generate_series(0, ${crowded.places - 1}) as n`;
  await withoutTriggers(owner, [
    `insert into public.mcp_servers (id, organization_id, slug, name, custom_oauth_config_id)
     values ('${crowded.serverId}', '${filled.organizationId}', '${crowded.slug}', 'Crowded', '${filled.configId}')`,
    `insert into public.mcp_client_registrations
       (id, organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types,
        first_used_at, expires_at)
     values
       ('${crowded.clientId}', '${filled.organizationId}', '${crowded.serverId}', '${crowded.clientId}', 'dynamic', 'none',
        array['${filled.redirectUri}'], array['authorization_code', 'refresh_token'], now(), null)`,
    `insert into public.mcp_client_registrations
       (id, organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types,
        created_at, source, slot)
     select numbered.id('mcrc_', n), '${filled.organizationId}', '${crowded.serverId}', numbered.id('mcrc_', n), 'dynamic',
       'none', array['${filled.redirectUri}'], array['authorization_code', 'refresh_token'], now() - interval '1 hour',
       'client.example.com', n
     from ${places}`,
    `insert into public.mcp_authorization_sessions
       (organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, client_generation, state_hash,
        browser_hash, form_hash, request_ciphertext, redirect_uri, resource, scope, code_challenge, created_at,
        expires_at, slot)
     select '${filled.organizationId}', '${crowded.serverId}', '${crowded.clientId}', '${filled.configId}', 1,
       numbered.hash('cstate', n), numbered.hash('cbrowser', n), numbered.hash('cform', n), numbered.sealed(300),
       '${filled.redirectUri}', '${filled.resource}', 'openid', '${filled.codeChallenge}', now() - interval '1 hour',
       now() - interval '50 minutes', n
     from ${places}`,
  ]);
}

/** Adds organizations 1 to `count`, each with one provider, server, client and resource server. */
export async function fillOrganizations(owner: Sql, count: number): Promise<void> {
  const numbers = `generate_series(1, ${count}) as n`;
  await withoutTriggers(owner, [
    `insert into public.organizations (id, name) select numbered.id('org_', n), 'Filled' from ${numbers}`,
    `insert into public.organization_people (organization_id) select numbered.id('org_', n) from ${numbers}`,
    `insert into public.custom_oauth_configs
       (id, organization_id, name, issuer, client_id, token_endpoint_auth_method)
     select numbered.id('coac_', n), numbered.id('org_', n), 'Filled', 'https://login.example.com', 'gatepost', 'none'
     from ${numbers}`,
    `insert into public.mcp_servers (id, organization_id, slug, name, custom_oauth_config_id)
     select numbered.id('mcps_', n), numbered.id('org_', n), 'filled-' || n, 'Filled', numbered.id('coac_', n)
     from ${numbers}`,
    `insert into public.mcp_client_registrations
       (id, organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types)
     select numbered.id('mcr_', n), numbered.id('org_', n), numbered.id('mcps_', n), numbered.id('mcr_', n), 'dynamic',
       'none', array['${filled.redirectUri}'], array['authorization_code', 'refresh_token']
     from ${numbers}`,
    `insert into public.mcp_resource_servers (id, organization_id, mcp_server_id, name, secret_hash)
     select numbered.id('mrs_', n), numbered.id('org_', n), numbered.id('mcps_', n), 'Filled', '${filled.secretHash}'
     from ${numbers}`,
    `insert into public.organization_invitations (organization_id, email, role, invited_by)
     select numbered.id('org_', n), 'filled-' || n || '@example.com', 'member', gen_random_uuid() from ${numbers}`,
  ]);
}

/** Adds codes `from` to `to`, each with its vault entry, for the users 1 to `users`. */
export async function fillCodes(owner: Sql, from: number, to: number, users: number): Promise<void> {
  const numbers = `generate_series(${from}, ${to}) as n`;
  await withoutTriggers(owner, [
    fillVault(numbers, "uoatc_", users),
    `insert into public.mcp_authorization_codes
       (code_hash, organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id,
        redirect_uri, resource, scope, code_challenge, auth_time, expires_at)
     select numbered.hash('code', n), '${filled.organizationId}', '${filled.serverId}', '${filled.clientId}',
       numbered.id('mcpu_', n % ${users} + 1), numbered.id('uoatc_', n), '${filled.redirectUri}', '${filled.resource}',
       'openid email offline_access', '${filled.codeChallenge}', now(), now() + interval '1 day'
     from ${numbers}`,
  ]);
}

/** Adds expired sessions `from` to `to`. */
export async function fillExpiredSessions(owner: Sql, from: number, to: number): Promise<void> {
  await withoutTriggers(owner, [
    `insert into public.mcp_authorization_sessions
       (organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, client_generation, state_hash,
        browser_hash, form_hash, request_ciphertext, redirect_uri, resource, scope, code_challenge, created_at,
        expires_at)
     select '${filled.organizationId}', '${filled.serverId}', '${filled.clientId}', '${filled.configId}', 1,
       numbered.hash('state', n), numbered.hash('browser', n), numbered.hash('form', n), numbered.sealed(300),
       '${filled.redirectUri}', '${filled.resource}', 'openid', '${filled.codeChallenge}', now() - interval '3 hours',
       now() - interval '2 hours'
     from generate_series(${from}, ${to}) as n`,
  ]);
}

/** Adds a call of each of the users 1 to `users` and of each of `organizations`, some days ago, with all that is counted. */
export async function fillCalls(owner: Sql, users: number, organizations: number): Promise<void> {
  const columns =
    `organization_id, mcp_server_id, mcp_server_user_id, client_id, method, name, started_at, milliseconds,
    outcome, bytes_in, bytes_out, keep_until`;
  const call = `'tools/call', 'tool-' || n % 50, now() - make_interval(days => n % 20), n, 'ok', 100, 100,
    current_date + 30 - n % 20`;
  await withoutTriggers(owner, [
    `insert into public.mcp_calls (${columns})
     select '${filled.organizationId}', '${filled.serverId}', numbered.id('mcpu_', n), '${filled.clientId}', ${call}
     from generate_series(1, ${users}) as n`,
    `insert into public.mcp_calls (${columns})
     select numbered.id('org_', n), numbered.id('mcps_', n), null, 'client', ${call}
     from generate_series(1, ${organizations}) as n`,
    ...COUNTS.map(({ table, columns, rows }) => `insert into public.${table} (${columns}) ${rows}`),
  ]);
}

/** Fills assertions that have expired, each of another client. */
export async function fillExpiredAssertions(owner: Sql, count: number): Promise<void> {
  await owner.unsafe(`
    insert into public.mcp_client_assertions
    select '${filled.organizationId}', numbered.id('mcr_', n), numbered.hash('assertion', n), now() - interval '1 hour'
    from generate_series(1, ${count}) as n`);
}

/** Brings the planner and the visibility map up to date, as autovacuum would in time. */
export async function settle(owner: Sql): Promise<void> {
  await owner.unsafe("vacuum analyze");
}

function fillVault(numbers: string, prefix: string, users?: number): string {
  return `insert into public.upstream_oauth_tokens
      (id, organization_id, mcp_server_user_id, oauth_config_id, access_token_ciphertext, refresh_token_ciphertext,
       scope, expires_at, client_generation, source, subject)
    select numbered.id('${prefix}', n), '${filled.organizationId}',
      numbered.id('mcpu_', ${users === undefined ? "n" : `n % ${users} + 1`}), '${filled.configId}',
      numbered.sealed(${ACCESS_CIPHERTEXT_LENGTH}), numbered.sealed(${REFRESH_CIPHERTEXT_LENGTH}), 'openid email',
      now() + interval '1 hour', 1, 'https://login.example.com',
      'subject-' || ${users === undefined ? "n" : `(n % ${users} + 1)`}
    from ${numbers}`;
}

/** Foreign keys hold by construction; checking each would take most of the time. */
async function withoutTriggers(owner: Sql, statements: string[]): Promise<void> {
  await owner.begin(async (transaction) => {
    await transaction.unsafe("set local session_replication_role = replica");
    for (const statement of statements) {
      await transaction.unsafe(statement);
    }
  });
}
