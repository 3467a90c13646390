/**
 * What is measured: each SQL function, and beside it its floor.
 *
 * A floor inserts and updates the same rows, audit events included, and checks
 * nothing: it is told by number which row to write. It is one prepared
 * statement and so one round trip and one transaction, as a call of the
 * function is; the same as several statements between begin and commit would be
 * slower, for its round trips, and so an easier floor. What a function only
 * locks, its floor locks by the update that follows. Introspection writes
 * nothing; its floor reads the token and its user.
 *
 * Every statement takes one number, `:n`, and everything else follows from it.
 * A function's statement divides by zero when the outcome is not the expected
 * one, so that no failure is measured as a success.
 * `tests/sql/plans/a_floor_writes_what_its_function_writes_test.ts` holds both
 * sides to the same rows.
 *
 * @module
 */

import { crowded, filled } from "../../support/database/fill.ts";

/** One thing to measure. */
export interface Workload {
  name: string;
  /** Which numbers it takes: users at random, users after the last, codes in order. */
  numbers: "known" | "new" | "codes";
  function: string;
  floor: string;
  /** Transactions of one turn. */
  transactions: number;
  /** What happens between two turns, where a call soon after another is not the usual one. */
  between?: string;
}

const { organizationId, configId, clientId, slug } = filled;

function expect(outcome: string, call: string): string {
  return `select 1 / (answer.outcome = '${outcome}')::integer from ${call} as answer`;
}

const vaultColumns = `
  (organization_id, mcp_server_user_id, oauth_config_id, access_token_ciphertext, refresh_token_ciphertext, scope,
   expires_at, client_generation, source, subject)`;

function provision(): string {
  return `public.provision_mcp_server_user(
    '${configId}', null, 'subject-' || :n, 'user-' || :n || '@example.com', true, '{"name": "Somebody"}', null,
    numbered.token(700), numbered.token(100), 'openid email', now() + interval '1 hour')`;
}

/** A server of the organization: one with room, or one at its bounds, where a row takes the place of another. */
interface Door {
  name: string;
  serverId: string;
  slug: string;
  clientId: string;
  isFull: boolean;
}

const doors: Door[] = [
  { name: "", serverId: filled.serverId, slug, clientId, isFull: false },
  { name: ", full server", ...crowded, isFull: true },
];

/**
 * What a floor writes into a table with places, behind what it writes first. At a full server the row takes the place
 * of one that is deleted, elsewhere one that no function draws.
 */
function takePlace(
  first: string,
  table: string,
  { serverId, isFull }: Door,
  columns: string,
  values: string,
): string {
  return isFull
    ? `with ${first}, gone as (
        delete from public.${table}
        where mcp_server_id = '${serverId}' and slot = (:n % ${crowded.places})::integer returning slot
      )
      insert into public.${table} (${columns}, slot) select ${values}, slot from gone`
    : `with ${first} insert into public.${table} (${columns}, slot) values (${values}, ${crowded.places} + :n)`;
}

/** Rows that are too young to make room are made older. */
function age(table: string, { serverId }: Door): string {
  return `update public.${table} set created_at = created_at - interval '1 hour'
    where mcp_server_id = '${serverId}' and created_at > now() - interval '30 minutes'`;
}

function register(door: Door): Workload {
  const { serverId, slug, name } = door;
  return {
    name: `register${name}`,
    numbers: "new",
    transactions: 500,
    between: age("mcp_client_registrations", door),
    function: expect(
      "registered",
      `public.register_mcp_client(
        '${slug}', null, null, 'none', 'Bench', array['${filled.redirectUri}'],
        array['authorization_code', 'refresh_token'], '{}')`,
    ),
    floor: takePlace(
      `event as (
        insert into public.mcp_audit_events as event
          (organization_id, mcp_server_id, event, keep_until, repeat_key)
        values ('${organizationId}', '${serverId}', 'client_registered', now() + interval '365 days',
          md5('${serverId}')::uuid)
        on conflict on constraint audit_event_is_repeated_in_one_row do update
        set occurrences = event.occurrences + 1, last_occurred_at = now()
      )`,
      "mcp_client_registrations",
      door,
      "organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, client_name, redirect_uris, " +
        "grant_types, source",
      `'${organizationId}', '${serverId}', numbered.id('mcrn_', :n), 'dynamic', 'none', 'Bench',
        array['${filled.redirectUri}'], array['authorization_code', 'refresh_token'], 'client.example.com'`,
    ),
  };
}

function approve(door: Door): Workload {
  const { serverId, slug, clientId, name } = door;
  const secrets = (side: string): string =>
    ["form", "state", "browser"].map((secret) => `numbered.hash('${side}${secret}', :n)`).join(", ");
  return {
    name: `approve${name}`,
    numbers: "new",
    transactions: 500,
    between: age("mcp_authorization_sessions", door),
    function: expect(
      "opened",
      `public.open_authorization_session(
        '${slug}', '${clientId}', null, ${
        secrets("a")
      }, repeat('r', 300), '${filled.redirectUri}', '${filled.resource}',
        'openid', '${filled.codeChallenge}', null)`,
    ),
    floor: takePlace(
      `used as (
        update public.mcp_client_registrations set last_used_at = now()
        where id = '${clientId}' and (last_used_at is null or last_used_at < now() - interval '1 minute')
      )`,
      "mcp_authorization_sessions",
      door,
      "organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, client_generation, form_hash, " +
        "state_hash, browser_hash, request_ciphertext, redirect_uri, resource, scope, code_challenge, expires_at",
      `'${organizationId}', '${serverId}', '${clientId}', '${configId}', 1, ${secrets("f")}, repeat('r', 300),
        '${filled.redirectUri}', '${filled.resource}', 'openid', '${filled.codeChallenge}',
        now() + interval '10 minutes'`,
    ),
  };
}

/** The workloads, in the order of the table. */
export const workloads: Workload[] = [
  ...doors.map(register),
  ...doors.map(approve),
  {
    name: "provision, known user",
    numbers: "known",
    transactions: 1_000,
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
         now() + interval '1 hour', 1, 'https://login.example.com', 'subject-' || :n)`,
  },
  {
    name: "provision, new user",
    numbers: "new",
    transactions: 1_000,
    function: expect("created", provision()),
    floor: `
      with counted as (
        update public.organization_people
        set identities = identities + 1, arrived = arrived + 1
        where organization_id = '${organizationId}'
      ), made as (
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
        now() + interval '1 hour', 1, 'https://login.example.com', 'subject-' || :n
      from made`,
  },
  {
    name: "redeem",
    numbers: "codes",
    transactions: 1_000,
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
  },
  {
    name: "rotate",
    numbers: "known",
    transactions: 1_000,
    // A token family is rotated when its access token expires.
    between: `
      update public.mcp_proxy_tokens set rotated_at = rotated_at - interval '15 minutes'
      where rotated_at > now() - interval '1 minute'`,
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
          successor_ciphertext = repeat('s', 200), earlier_rotations = null, rotated_at = now(),
          expires_at = now() + interval '30 days'
      where handle_hash = numbered.hash('handle', :n)`,
  },
  {
    name: "introspect",
    numbers: "known",
    transactions: 4_000,
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
  },
];

/** Clean-up is measured by the batch: one connection, a thousand rows at a time. */
export const purge = {
  batch: 1_000,
  function: "select 1 / (public.purge_expired(1000) = 1000)::integer",
  floor: `
    with deleted as (
      delete from public.mcp_authorization_sessions where id = any (array(
        select id from public.mcp_authorization_sessions where expires_at < now() order by expires_at limit 1000
      ))
      returning organization_id, mcp_server_id
    )
    insert into public.mcp_audit_events (organization_id, mcp_server_id, event, keep_until)
    select organization_id, mcp_server_id, 'login_abandoned', now() + interval '365 days' from deleted
    group by organization_id, mcp_server_id`,
} as const;
