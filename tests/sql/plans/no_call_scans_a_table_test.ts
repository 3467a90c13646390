/**
 * No call of a client, an end user or the clean-up reads a table from end to end.
 *
 * Every table has thousands of rows here, so none is small enough for a scan to
 * be right. auto_explain tells the plan of every statement inside a call,
 * foreign keys included, and PostgreSQL's counters tell what was read: an index
 * that leads to too many rows is no better than a scan.
 */

import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { call, openDatabase, type Row, type Sql } from "../../support/database/database.ts";
import { buildCall } from "../../support/database/calls.ts";
import {
  fillCalls,
  fillCodes,
  filled,
  fillExpiredAssertions,
  fillExpiredSessions,
  fillOrganizations,
  fillUsers,
  prepareFilling,
  settle,
} from "../../support/database/fill.ts";
import { buildApproval, buildCompletion, buildLogin, newHash, newName } from "../../support/database/rows.ts";

const USERS = 20_000;
const OTHERS = 2_000;
/** How many rows of one table a call may read; a batch of clean-up has this many. */
const FEW = 50;

/** Few rows, however large the rest grows: the settings, the bounds, and which partitions there are. */
const SMALL = ["gatepost_settings", "row_bounds", "pg_inherits"];

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const admin = postgres(database.adminUrl, { max: 1, onnotice: () => undefined });
await prepareFilling(admin);
await fillOrganizations(admin, OTHERS);
await fillUsers(admin, 1, USERS);
await fillCodes(admin, 1, OTHERS, USERS);
await fillCalls(admin, USERS, OTHERS);
await fillExpiredSessions(admin, 1, OTHERS);
await fillExpiredAssertions(admin, OTHERS);
await admin`
  update public.mcp_authorization_sessions
  set organization_id = numbered.id('org_', n), mcp_server_id = numbered.id('mcps_', n)
  from generate_series(1, ${OTHERS}) as n
  where state_hash = numbered.hash('state', n)`;
await settle(admin);
await admin.end();

const plans: string[] = [];
const explained = postgres(database.adminUrl, {
  max: 1,
  onnotice: ({ message }) => plans.push(String(message)),
});
await explained.unsafe(`
  load 'auto_explain';
  set auto_explain.log_min_duration = 0;
  set auto_explain.log_nested_statements = on;
  set auto_explain.log_level = notice;
  set role postgres;
`);
Deno.test.afterAll(() => explained.end());

/** Calls a function in a transaction, and lists the tables that it scans, or reads many rows of. */
async function observe(
  transaction: Sql,
  name: string,
  args: Row,
): Promise<{ answer: Row; longReads: string[] }> {
  plans.length = 0;
  const answer = await call(transaction, name, args);
  const scanned = [...plans.join("\n").matchAll(/Seq Scan on (\w+)/g)].map(([, table]) => String(table))
    .filter((table) => !SMALL.includes(table));
  const read = await transaction`
    select relname from pg_catalog.pg_stat_xact_user_tables
    where schemaname = 'public' and relname <> all (${SMALL}) and (seq_scan > 0 or coalesce(idx_tup_fetch, 0) > ${
    2 * FEW
  })`;
  return {
    answer,
    longReads: [...new Set([...scanned, ...read.map(({ relname }) => String(relname))])].sort(),
  };
}

/** Runs something in a transaction whose counters start at nothing. */
async function inTransaction<Result>(run: (transaction: Sql) => Promise<Result>): Promise<Result> {
  await explained`select pg_stat_force_next_flush()`;
  return await explained.begin((transaction) => run(transaction as unknown as Sql)) as Result;
}

type Reads = Record<string, string[]>;
type Visit = (name: string, args: Row) => Promise<Row>;

/** Makes the calls and notes for each, by its name and outcome, what it read at length. */
async function collect(makeCalls: (visit: Visit) => Promise<void>): Promise<Reads> {
  const reads: Reads = {};
  await makeCalls(async (name, args) => {
    const { answer, longReads } = await inTransaction((transaction) => observe(transaction, name, args));
    const visited = `${name} ${answer.outcome ?? "done"}`;
    reads[visited] = [...new Set([...reads[visited] ?? [], ...longReads])];
    return answer;
  });
  return reads;
}

const server = { p_slug: filled.slug };
const client = { ...server, p_client_id: filled.clientId, p_client_secret_hash: null };
const resourceServer = { p_resource_server_id: filled.resourceServerId, p_secret_hash: filled.secretHash };

/** A login as the functions make it, from discovery to the code; returns what redeems it. */
async function logIn(visit: Visit, completion: Row, clientId: string = filled.clientId): Promise<Row> {
  const approval = buildApproval(
    {
      organizationId: filled.organizationId,
      configId: filled.configId,
      serverId: filled.serverId,
      slug: filled.slug,
      registrationId: filled.clientId,
      clientId,
    },
    {
      p_redirect_uri: filled.redirectUri,
      p_resource: filled.resource,
    },
  );
  await visit("find_mcp_server", server);
  await visit("begin_authorization", { ...server, p_client_id: filled.clientId });
  await visit("open_authorization_session", approval);
  const { session_id } = await visit("claim_authorization_session", {
    p_state_hash: approval.p_state_hash,
    p_browser_hash: approval.p_browser_hash,
  });
  const completed = buildCompletion(filled, String(session_id), completion);
  await visit("complete_authorization", completed);
  return {
    ...client,
    p_code_hash: completed.p_code_hash,
    p_redirect_uri: filled.redirectUri,
    p_code_challenge: approval.p_code_challenge,
    p_resource: filled.resource,
    p_handle_hash: newHash(),
    p_refresh_hash: newHash(),
  };
}

/** A visitor's first login, with every call that follows until the client gives its token back. */
async function liveAsNewUser(visit: Visit): Promise<void> {
  const visitor = { p_organization_id: filled.organizationId, p_tracking_id: newName("visitor") };
  await visit("track_mcp_server_user", visitor);
  await visit("register_mcp_client", {
    ...server,
    p_initial_access_token_hash: null,
    p_client_secret_hash: null,
    p_token_endpoint_auth_method: "none",
    p_client_name: "Client",
    p_redirect_uris: [filled.redirectUri],
    p_grant_types: ["authorization_code", "refresh_token"],
    p_client_metadata: {},
  });

  const redemption = await logIn(visit, {
    p_upstream_sub: newName("subject"),
    p_tracking_id: visitor.p_tracking_id,
  });
  const { family_id } = await visit("redeem_authorization_code", redemption);
  const rotation = {
    ...client,
    p_handle_hash: redemption.p_handle_hash,
    p_refresh_hash: redemption.p_refresh_hash,
    p_next_refresh_hash: newHash(),
    p_successor_ciphertext: newName("sealed"),
    p_resource: filled.resource,
  };
  await visit("rotate_refresh_token", rotation);
  await visit("rotate_refresh_token", rotation);
  await visit("introspect_token", {
    ...server,
    ...resourceServer,
    p_family_id: family_id,
    p_handle_hash: null,
    p_refresh_hash: null,
  });
  await visit("read_userinfo", { ...server, p_family_id: family_id });
  const opened = await visit("open_mcp_call", {
    ...server,
    p_family_id: family_id,
    p_session_hash: newHash(),
  });
  await refreshUpstream(visit, opened);
  await visit("rotate_refresh_token", { ...rotation, p_refresh_hash: newHash() });
  await visit("redeem_authorization_code", redemption);
}

/** A batch of calls that people make who called before, and somebody who did not. */
async function recordCalls(visit: Visit): Promise<void> {
  const people = await owner`select numbered.id('mcpu_', n) as id from generate_series(100, 104) as n`;
  const calls = [...people.map(({ id }) => id), null].flatMap((mcp_server_user_id) =>
    ["tool-1", "new"].map((name) => buildCall(filled, { mcp_server_user_id, name }))
  );
  await visit("record_mcp_calls", { p_calls: calls });
}

async function refreshUpstream(visit: Visit, opened: Row): Promise<void> {
  const lease = { p_upstream_token_id: opened.upstream_token_id, p_lease_hash: newHash() };
  await visit("lease_upstream_refresh", { ...lease, p_known_access_token: opened.access_token_ciphertext });
  await visit("store_upstream_refresh", {
    ...lease,
    p_access_token: newName("sealed"),
    p_refresh_token: null,
    p_scope: null,
    p_expires_at: null,
  });
}

/** What filled users do: log in again, refresh, ask, give a token back. */
async function liveAsKnownUser(visit: Visit, number: number): Promise<void> {
  const [{ id, handle, refresh } = {}] = await owner`
    select numbered.id('mcpt_', ${number}) as id, numbered.hash('handle', ${number}) as handle,
      numbered.hash('refresh', ${number}) as refresh`;
  const redemption = await logIn(visit, {
    p_upstream_sub: `subject-${number}`,
    p_email: `user-${number}@example.com`,
    p_email_verified: true,
  });
  await visit("redeem_authorization_code", redemption);
  await visit("introspect_token", {
    ...server,
    ...resourceServer,
    p_family_id: null,
    p_handle_hash: handle,
    p_refresh_hash: refresh,
  });
  const assert = (): Row => ({
    p_assertion_hash: newHash(),
    p_assertion_expires_at: new Date(Date.now() + 60_000),
  });
  await visit("find_mcp_client", { ...server, p_client_id: filled.clientId });
  await visit("introspect_own_token", {
    ...server,
    p_client_id: filled.clientId,
    ...assert(),
    p_family_id: id,
    p_handle_hash: null,
    p_refresh_hash: null,
  });
  await visit("revoke_token", { ...client, ...assert(), p_handle_hash: null, p_family_id: id });
}

/** A login with another provider of the organization, of somebody whose verified address is known. */
async function liveAsLinkedUser(visit: Visit, number: number): Promise<void> {
  await owner`update public.custom_oauth_configs set link_verified_email = true where id = ${filled.configId}`;
  await visit(
    "provision_mcp_server_user",
    buildLogin(filled, {
      p_upstream_sub: newName("subject"),
      p_email: `user-${number}@example.com`,
      p_email_verified: true,
    }),
  );
  await owner`update public.custom_oauth_configs set link_verified_email = false where id = ${filled.configId}`;
}

/** What filled users do at Gatepost's own page: log in, look, disconnect. */
async function liveAtOwnPage(visit: Visit, number: number): Promise<void> {
  const opened = await visit("open_connections_client", { ...server, p_redirect_uri: filled.redirectUri });
  const redemption = await logIn(
    visit,
    { p_upstream_sub: `subject-${number}` },
    String(opened.client_id),
  );
  const { family_id } = await visit("redeem_authorization_code", {
    ...redemption,
    p_client_id: opened.client_id,
  });
  const login = { ...server, p_family_id: family_id };
  await visit("list_own_connections", login);
  await visit("revoke_own_connections", { ...login, p_connection_id: null });
}

const expected = [
  "track_mcp_server_user tracked",
  "register_mcp_client registered",
  "find_mcp_server found",
  "begin_authorization ready",
  "open_authorization_session opened",
  "claim_authorization_session claimed",
  "complete_authorization completed",
  "redeem_authorization_code redeemed",
  "rotate_refresh_token rotated",
  "rotate_refresh_token converged",
  "introspect_token active",
  "read_userinfo found",
  "open_mcp_call open",
  "lease_upstream_refresh leased",
  "store_upstream_refresh stored",
  "rotate_refresh_token reused",
  "redeem_authorization_code replayed",
  "find_mcp_client found",
  "introspect_own_token active",
  "revoke_token revoked",
  "record_mcp_calls recorded",
  "provision_mcp_server_user linked_email",
  "open_connections_client open",
  "list_own_connections listed",
  "revoke_own_connections revoked",
  "purge_expired done",
];

for (const [index, mode] of ["force_custom_plan", "force_generic_plan"].entries()) {
  Deno.test(`no call reads a table from end to end, with ${mode}`, async () => {
    await explained`select set_config('plan_cache_mode', ${mode}, false)`;

    const reads = await collect(async (visit) => {
      await liveAsNewUser(visit);
      await liveAsKnownUser(visit, 2 * index + 1);
      await liveAsLinkedUser(visit, 2 * index + 2);
      await liveAtOwnPage(visit, 100 + index);
      await recordCalls(visit);
      await visit("purge_expired", { p_limit: FEW });
    });

    assertEquals(reads, Object.fromEntries(expected.map((visited) => [visited, []])));
  });
}

Deno.test("a call that loses its index is noticed", async () => {
  const rotation = {
    ...client,
    p_handle_hash: newHash(),
    p_refresh_hash: newHash(),
    p_next_refresh_hash: newHash(),
    p_successor_ciphertext: "sealed",
    p_resource: filled.resource,
  };

  const { longReads } = await inTransaction(async (transaction) => {
    await transaction`alter table public.mcp_proxy_tokens drop constraint token_handle_is_unique`;
    return await observe(transaction, "rotate_refresh_token", rotation);
  });

  assertEquals(longReads, ["mcp_proxy_tokens"]);
  assertEquals(plans.some((plan) => plan.includes("Seq Scan on mcp_proxy_tokens")), true);
});
