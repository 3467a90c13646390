/**
 * Two connections for every order in which functions take their locks.
 *
 * The first call is held in the middle, where it has some of its locks and not
 * yet the others; the second then waits for it. Were their orders not the same,
 * going on would end in a deadlock. A trigger of the test does the holding.
 */

import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row, type Sql } from "../../support/database/database.ts";
import { readBackend, untilBlocked } from "../../support/database/parallel.ts";
import { logInAtOwnPage, PERSON } from "../../support/database/own_page.ts";
import {
  buildApproval,
  buildCompletion,
  buildLogin,
  claimSession,
  issueCode,
  issueFamily,
  makeConfig,
  makeTenant,
  newHash,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const first = database.openService(1);
const second = database.openService(1);
await first`set application_name = 'held'`;
await second`select 1`;
await owner.unsafe(`
  create function public.hold() returns trigger language plpgsql as $$
  begin
    if current_setting('application_name') = 'held' then
      perform pg_advisory_xact_lock_shared(4711);
    end if;
    return case tg_op when 'DELETE' then old else new end;
  end $$;
  grant execute on function public.hold() to public`);
Deno.test.afterAll(() => database.close());

/** Somebody who may change everything in the tenant's organization. */
async function openAdmin(organizationId: string): Promise<Sql> {
  const userId = crypto.randomUUID();
  await owner`insert into auth.users (id) values (${userId})`;
  await owner`insert into public.organization_members values (${organizationId}, ${userId}, 'owner')`;
  const admin = database.openPlatformUser(userId);
  await admin`select 1`;
  return admin;
}

/** Holds `hold` where it is about to touch a table, starts `meanwhile`, which must wait, and lets both finish. */
async function interleave(
  [event, table]: [event: "insert" | "update" | "delete", table: string],
  hold: () => Promise<Row>,
  waiting: Sql,
  meanwhile: () => Promise<Row>,
): Promise<[Row, Row]> {
  await owner.unsafe(
    `create trigger hold before ${event} on public.${table} for each row execute function public.hold()`,
  );
  const control = database.openService(1);
  await control`select pg_advisory_lock(4711)`;
  try {
    const held = hold();
    await untilBlocked(control, await heldBackend);
    const waits = meanwhile();
    await untilBlocked(control, await readBackendOf(waiting));
    await control`select pg_advisory_unlock(4711)`;
    return await Promise.all([held, waits]);
  } finally {
    await control.end();
    await owner.unsafe(`drop trigger hold on public.${table}`);
  }
}

const heldBackend = readBackend(first);
const backends = new Map<Sql, number>();
/** A connection that waits cannot be asked: its id is read beforehand. */
async function know(connection: Sql): Promise<Sql> {
  backends.set(connection, await readBackend(connection));
  return connection;
}
function readBackendOf(connection: Sql): Promise<number> {
  return Promise.resolve(backends.get(connection) ?? 0);
}
await know(second);

async function countRows(table: string, tenant: Tenant): Promise<number> {
  const [row] = await owner`
    select count(*)::integer as count from public.${
    owner(table)
  } where organization_id = ${tenant.organizationId}`;
  return Number(row?.count);
}

async function readRevocations(tenant: Tenant): Promise<unknown[]> {
  const rows = await owner`
    select revoked_reason from public.mcp_proxy_tokens where organization_id = ${tenant.organizationId}`;
  return rows.map((row) => row.revoked_reason);
}

const anonymous = { p_upstream_sub: null, p_profile: null };

Deno.test("code before family: a redemption and the withdrawal of its user's tokens", async () => {
  const tenant = await makeTenant(database);
  const { userId, redemption } = await issueCode(service, tenant);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [redeemed, revoked] = await interleave(
    ["insert", "mcp_proxy_tokens"],
    () => call(first, "redeem_authorization_code", redemption),
    admin,
    () => call(admin, "revoke_mcp_server_user_tokens", { p_mcp_server_user_id: userId }),
  );

  assertEquals([redeemed.outcome, revoked.outcome], ["redeemed", "revoked"]);
  assertEquals(await readRevocations(tenant), ["organization_revoked"]);
});

Deno.test("code before family: a redemption and the deletion of its user", async () => {
  const tenant = await makeTenant(database);
  const { userId, redemption } = await issueCode(service, tenant);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [redeemed, deleted] = await interleave(
    ["insert", "mcp_proxy_tokens"],
    () => call(first, "redeem_authorization_code", redemption),
    admin,
    () => call(admin, "delete_mcp_server_user", { p_mcp_server_user_id: userId }),
  );

  assertEquals([redeemed.outcome, deleted.outcome], ["redeemed", "deleted"]);
  assertEquals([
    await countRows("mcp_proxy_tokens", tenant),
    await countRows("upstream_oauth_tokens", tenant),
  ], [0, 0]);
});

Deno.test("code before family: a redemption and the revocation of all connections of its server", async () => {
  const tenant = await makeTenant(database);
  const { redemption } = await issueCode(service, tenant);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [redeemed, revoked] = await interleave(
    ["insert", "mcp_proxy_tokens"],
    () => call(first, "redeem_authorization_code", redemption),
    admin,
    () => call(admin, "revoke_mcp_server_connections", { p_mcp_server_id: tenant.serverId }),
  );

  assertEquals([redeemed.outcome, revoked.outcome, revoked.ended], ["redeemed", "revoked", 1]);
  assertEquals(await readRevocations(tenant), ["organization_revoked"]);
});

Deno.test("user before vault entry: a login and the merge of its user into another", async () => {
  const tenant = await makeTenant(database);
  const stays = await issueFamily(database, tenant);
  const login = buildLogin(tenant);
  const { mcp_server_user_id: merged } = await call(service, "provision_mcp_server_user", login);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [again, change] = await interleave(
    ["insert", "upstream_oauth_tokens"],
    () => call(first, "provision_mcp_server_user", login),
    admin,
    () =>
      call(admin, "merge_mcp_server_users", { p_mcp_server_user_id: stays.userId, p_merged_user_id: merged }),
  );
  const later = await call(service, "provision_mcp_server_user", login);

  assertEquals([again.outcome, change.outcome], ["matched", "merged"]);
  assertEquals([later.outcome, later.mcp_server_user_id], ["matched", stays.userId]);
  assertEquals(await countRows("mcp_server_user", tenant), 1);
});

Deno.test("code before family: a redemption and the deletion of its server", async () => {
  const tenant = await makeTenant(database);
  const { redemption } = await issueCode(service, tenant);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [redeemed, deleted] = await interleave(
    ["insert", "mcp_proxy_tokens"],
    () => call(first, "redeem_authorization_code", redemption),
    admin,
    () => call(admin, "delete_mcp_server", { p_id: tenant.serverId }),
  );

  assertEquals([redeemed.outcome, deleted.outcome], ["redeemed", "deleted"]);
  assertEquals([
    await countRows("mcp_proxy_tokens", tenant),
    await countRows("upstream_oauth_tokens", tenant),
  ], [0, 0]);
});

Deno.test("code before family: a redemption and the deletion of its client", async () => {
  const tenant = await makeTenant(database);
  const { redemption } = await issueCode(service, tenant);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [redeemed, deleted] = await interleave(
    ["insert", "mcp_proxy_tokens"],
    () => call(first, "redeem_authorization_code", redemption),
    admin,
    () => call(admin, "delete_mcp_client", { p_id: tenant.registrationId }),
  );

  assertEquals([redeemed.outcome, deleted.outcome], ["redeemed", "deleted"]);
  assertEquals([
    await countRows("mcp_proxy_tokens", tenant),
    await countRows("upstream_oauth_tokens", tenant),
  ], [0, 0]);
});

Deno.test("assertion before code: two redemptions with one assertion", async () => {
  const tenant = await makeTenant(database, {
    client: {
      token_endpoint_auth_method: "private_key_jwt",
      client_metadata: { jwks_uri: "https://client.example.com/jwks" },
    },
  });
  const { redemption } = await issueCode(service, tenant);
  const asserted = {
    ...redemption,
    p_assertion_hash: newHash(),
    p_assertion_expires_at: new Date(Date.now() + 60_000),
  };

  const [redeemed, replayed] = await interleave(
    ["insert", "mcp_proxy_tokens"],
    () => call(first, "redeem_authorization_code", asserted),
    second,
    () => call(second, "redeem_authorization_code", asserted),
  );

  assertEquals([redeemed.outcome, replayed.outcome], ["redeemed", "assertion_replayed"]);
});

Deno.test("code before family: a redemption and the deletion of its config", async () => {
  const tenant = await makeTenant(database);
  const { redemption } = await issueCode(service, tenant);
  const otherConfig = await makeConfig(owner, tenant.organizationId);
  await owner`update public.mcp_servers set custom_oauth_config_id = ${otherConfig} where id = ${tenant.serverId}`;
  const admin = await know(await openAdmin(tenant.organizationId));

  const [redeemed, deleted] = await interleave(
    ["insert", "mcp_proxy_tokens"],
    () => call(first, "redeem_authorization_code", redemption),
    admin,
    () => call(admin, "delete_oauth_config", { p_id: tenant.configId }),
  );

  assertEquals([redeemed.outcome, deleted.outcome], ["redeemed", "deleted"]);
  assertEquals([
    await countRows("mcp_proxy_tokens", tenant),
    await countRows("upstream_oauth_tokens", tenant),
  ], [0, 0]);
});

Deno.test("user before code: a redemption and a login that claims its anonymous user", async () => {
  const tenant = await makeTenant(database, { config: { identity_source: "none" } });
  const { redemption } = await issueCode(service, tenant, {
    completion: { ...anonymous, p_tracking_id: "visitor" },
  });

  const [redeemed, claimed] = await interleave(
    ["insert", "mcp_proxy_tokens"],
    () => call(first, "redeem_authorization_code", redemption),
    second,
    () => call(second, "provision_mcp_server_user", buildLogin(tenant, { p_tracking_id: "visitor" })),
  );

  assertEquals([redeemed.outcome, claimed.outcome], ["redeemed", "claimed_tracking"]);
  assertEquals(await readRevocations(tenant), ["user_claimed"]);
});

Deno.test("user before code: a redemption and a login that merges its anonymous user", async () => {
  const tenant = await makeTenant(database, { config: { identity_source: "none" } });
  const { redemption } = await issueCode(service, tenant, {
    completion: { ...anonymous, p_tracking_id: "visitor" },
  });
  const login = buildLogin(tenant);
  await call(service, "provision_mcp_server_user", login);

  const [redeemed, merged] = await interleave(
    ["insert", "mcp_proxy_tokens"],
    () => call(first, "redeem_authorization_code", redemption),
    second,
    () => call(second, "provision_mcp_server_user", { ...login, p_tracking_id: "visitor" }),
  );

  assertEquals([redeemed.outcome, merged.outcome], ["redeemed", "matched"]);
  assertEquals([await countRows("mcp_proxy_tokens", tenant), await countRows("mcp_server_user", tenant)], [
    0,
    1,
  ]);
});

Deno.test("user before code: a claim and the deletion of the user it claims", async () => {
  const tenant = await makeTenant(database, { config: { identity_source: "none" } });
  const { userId } = await issueCode(service, tenant, {
    completion: { ...anonymous, p_tracking_id: "visitor" },
  });
  const admin = await know(await openAdmin(tenant.organizationId));

  const [claimed, deleted] = await interleave(
    ["delete", "mcp_authorization_codes"],
    () => call(first, "provision_mcp_server_user", buildLogin(tenant, { p_tracking_id: "visitor" })),
    admin,
    () => call(admin, "delete_mcp_server_user", { p_mcp_server_user_id: userId }),
  );

  assertEquals([claimed.outcome, deleted.outcome], ["claimed_tracking", "deleted"]);
  assertEquals(await countRows("mcp_server_user_identities", tenant), 0);
});

Deno.test("session before user: a completion and the deletion of its server", async () => {
  const tenant = await makeTenant(database);
  const { sessionId } = await claimSession(service, tenant);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [completed, deleted] = await interleave(
    ["insert", "mcp_authorization_codes"],
    () => call(first, "complete_authorization", buildCompletion(tenant, sessionId)),
    admin,
    () => call(admin, "delete_mcp_server", { p_id: tenant.serverId }),
  );

  assertEquals([completed.outcome, deleted.outcome], ["completed", "deleted"]);
  assertEquals(
    [await countRows("mcp_authorization_codes", tenant), await countRows("upstream_oauth_tokens", tenant)],
    [0, 0],
  );
});

Deno.test("session before user: a completion and the deletion of its user", async () => {
  const tenant = await makeTenant(database);
  const login = buildLogin(tenant);
  const { mcp_server_user_id } = await call(service, "provision_mcp_server_user", login);
  const { sessionId } = await claimSession(service, tenant);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [completed, deleted] = await interleave(
    ["insert", "mcp_authorization_codes"],
    () =>
      call(
        first,
        "complete_authorization",
        buildCompletion(tenant, sessionId, { p_upstream_sub: login.p_upstream_sub }),
      ),
    admin,
    () => call(admin, "delete_mcp_server_user", { p_mcp_server_user_id: mcp_server_user_id }),
  );

  assertEquals([completed.outcome, completed.provisioning, deleted.outcome], [
    "completed",
    "matched",
    "deleted",
  ]);
  assertEquals(
    [await countRows("mcp_authorization_codes", tenant), await countRows("upstream_oauth_tokens", tenant)],
    [0, 0],
  );
});

Deno.test("session before client: an approval, and a first completion of the same client", async () => {
  const tenant = await makeTenant(database);
  const { sessionId } = await claimSession(service, tenant);
  // An approval writes to its client once a minute.
  await owner`update public.mcp_client_registrations set last_used_at = now() - interval '2 minutes'
    where id = ${tenant.registrationId}`;

  const [opened, completed] = await interleave(
    ["insert", "mcp_authorization_sessions"],
    () => call(first, "open_authorization_session", buildApproval(tenant)),
    second,
    () => call(second, "complete_authorization", buildCompletion(tenant, sessionId)),
  );

  assertEquals([opened.outcome, completed.outcome], ["opened", "completed"]);
});

Deno.test("client before code: two people whose logins are the first of one client", async () => {
  const tenant = await makeTenant(database);
  const [one, other] = [await claimSession(service, tenant), await claimSession(service, tenant)];
  // A first login gives back its client's place, and places are unique: the row's key changes.
  await owner`
    update public.mcp_client_registrations set slot = 1, expires_at = now() + interval '1 day', first_used_at = null
    where id = ${tenant.registrationId}`;
  const control = database.openService(1);

  const completions = await owner.begin(async (transaction) => {
    // Both stop where they would change their client's row, and go on together.
    await transaction`
      select from public.mcp_client_registrations where id = ${tenant.registrationId} for key share`;
    const started = [call(first, "complete_authorization", buildCompletion(tenant, one.sessionId))];
    await untilBlocked(control, await heldBackend);
    started.push(call(second, "complete_authorization", buildCompletion(tenant, other.sessionId)));
    await untilBlocked(control, await readBackendOf(second));
    return started;
  }).then((started) => Promise.all(started));
  await control.end();

  assertEquals(completions.map(({ outcome }) => outcome), ["completed", "completed"]);
});

Deno.test("client before server: an approval and the deletion of its server", async () => {
  const tenant = await makeTenant(database);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [opened, deleted] = await interleave(
    ["insert", "mcp_authorization_sessions"],
    () => call(first, "open_authorization_session", buildApproval(tenant)),
    admin,
    () => call(admin, "delete_mcp_server", { p_id: tenant.serverId }),
  );

  assertEquals([opened.outcome, deleted.outcome], ["opened", "deleted"]);
  assertEquals(await countRows("mcp_authorization_sessions", tenant), 0);
});

Deno.test("session before client: a completion and the deletion of its client", async () => {
  const tenant = await makeTenant(database);
  const { sessionId } = await claimSession(service, tenant);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [completed, deleted] = await interleave(
    ["insert", "mcp_authorization_codes"],
    () => call(first, "complete_authorization", buildCompletion(tenant, sessionId)),
    admin,
    () => call(admin, "delete_mcp_client", { p_id: tenant.registrationId }),
  );

  assertEquals([completed.outcome, deleted.outcome], ["completed", "deleted"]);
  assertEquals(
    [await countRows("mcp_authorization_codes", tenant), await countRows("upstream_oauth_tokens", tenant)],
    [0, 0],
  );
});

Deno.test("client last: an approval and the deletion of its client", async () => {
  const tenant = await makeTenant(database);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [opened, deleted] = await interleave(
    ["insert", "mcp_authorization_sessions"],
    () => call(first, "open_authorization_session", buildApproval(tenant)),
    admin,
    () => call(admin, "delete_mcp_client", { p_id: tenant.registrationId }),
  );

  assertEquals([opened.outcome, deleted.outcome], ["opened", "deleted"]);
  assertEquals(await countRows("mcp_authorization_sessions", tenant), 0);
});

Deno.test("identity before address: two first logins with one verified address", async () => {
  const tenant = await makeTenant(database, { config: { link_verified_email: true } });
  const verified = { p_email: "ada@example.com", p_email_verified: true };

  const [created, linked] = await interleave(
    ["insert", "mcp_server_user"],
    () => call(first, "provision_mcp_server_user", buildLogin(tenant, verified)),
    second,
    () => call(second, "provision_mcp_server_user", buildLogin(tenant, verified)),
  );

  assertEquals([created.outcome, linked.outcome], ["created", "linked_email"]);
  assertEquals(linked.mcp_server_user_id, created.mcp_server_user_id);
});

Deno.test("count before user: a first login that links, and the deletion of the user that it links to", async () => {
  const tenant = await makeTenant(database, { config: { link_verified_email: true } });
  const verified = { p_email: "ada@example.com", p_email_verified: true };
  const known = await call(service, "provision_mcp_server_user", buildLogin(tenant, verified));
  const admin = await openAdmin(tenant.organizationId);
  await owner.unsafe(
    "create trigger hold before insert on public.mcp_server_user_identities for each row execute function public.hold()",
  );
  const control = database.openService(1);
  await control`select pg_advisory_lock(4711)`;

  const held = findSqlState(() => call(first, "provision_mcp_server_user", buildLogin(tenant, verified)));
  await untilBlocked(control, await heldBackend);
  const deleted = await call(admin, "delete_mcp_server_user", {
    p_mcp_server_user_id: known.mcp_server_user_id,
  });
  await control`select pg_advisory_unlock(4711)`;
  const state = await held;
  await control.end();
  await owner.unsafe("drop trigger hold on public.mcp_server_user_identities");

  // The user is gone, so this login fails; the next one makes a new user.
  assertEquals([deleted.outcome, state], ["deleted", "23503"]);
});

Deno.test("user before user: two known users who merge one anonymous row", async () => {
  const tenant = await makeTenant(database);
  const [one, other] = [buildLogin(tenant), buildLogin(tenant)];
  await call(service, "provision_mcp_server_user", one);
  await call(service, "provision_mcp_server_user", other);
  await call(service, "track_mcp_server_user", {
    p_organization_id: tenant.organizationId,
    p_tracking_id: "visitor",
    p_email: null,
  });

  const [merged, late] = await interleave(
    ["delete", "mcp_server_user"],
    () => call(first, "provision_mcp_server_user", { ...one, p_tracking_id: "visitor" }),
    second,
    () => call(second, "provision_mcp_server_user", { ...other, p_tracking_id: "visitor" }),
  );

  assertEquals([merged.outcome, late.outcome], ["matched", "matched"]);
  assertEquals(await countRows("mcp_server_user", tenant), 2);
});

Deno.test("family before vault entry: a revocation and a rotation", async () => {
  const tenant = await makeTenant(database);
  const { familyId, rotation } = await issueFamily(database, tenant);

  const [revoked, rotated] = await interleave(
    ["update", "upstream_oauth_tokens"],
    () =>
      call(first, "revoke_token", {
        p_slug: tenant.slug,
        p_client_id: tenant.clientId,
        p_client_secret_hash: null,
        p_handle_hash: null,
        p_family_id: familyId,
      }),
    second,
    () => call(second, "rotate_refresh_token", rotation),
  );

  assertEquals([revoked.outcome, rotated.outcome], ["revoked", "revoked"]);
});

Deno.test("family before vault entry: an upstream refresh, and the end of the entry", async () => {
  const tenant = await makeTenant(database);
  const { upstreamTokenId, rotation } = await issueFamily(database, tenant, {
    completion: { p_access_token: "old" },
  });
  const holder = { p_upstream_token_id: upstreamTokenId, p_lease_hash: newHash() };
  await call(service, "lease_upstream_refresh", { ...holder, p_known_access_token: "old" });

  const [stored, ended] = await interleave(
    ["update", "upstream_oauth_tokens"],
    () =>
      call(first, "store_upstream_refresh", {
        ...holder,
        p_access_token: "new",
        p_refresh_token: null,
        p_scope: null,
        p_expires_at: null,
      }),
    second,
    () =>
      call(second, "end_upstream_token", {
        p_upstream_token_id: upstreamTokenId,
        p_lease_hash: null,
        p_known_access_token: "old",
        p_reason: "invalid_grant",
      }),
  );

  assertEquals([stored.outcome, ended.outcome], ["stored", "changed"]);
  assertEquals((await call(service, "rotate_refresh_token", rotation)).outcome, "rotated");
});

Deno.test("family before vault entry: the end of the entry, and a worker that would refresh it", async () => {
  const tenant = await makeTenant(database);
  const { upstreamTokenId } = await issueFamily(database, tenant, { completion: { p_access_token: "old" } });
  const known = { p_upstream_token_id: upstreamTokenId, p_known_access_token: "old" };

  const [ended, leased] = await interleave(
    ["update", "mcp_proxy_tokens"],
    () => call(first, "end_upstream_token", { ...known, p_lease_hash: null, p_reason: "invalid_grant" }),
    second,
    () => call(second, "lease_upstream_refresh", { ...known, p_lease_hash: newHash() }),
  );

  assertEquals([ended.outcome, leased.outcome], ["ended", "ended"]);
});

Deno.test("code before family: a replay, and clean-up that finds the family of its code", async () => {
  const tenant = await makeTenant(database);
  const { redemption } = await issueCode(service, tenant);
  await call(service, "redeem_authorization_code", redemption);
  await owner`
    update public.mcp_proxy_tokens set expires_at = now() - interval '3 days'
    where organization_id = ${tenant.organizationId}`;
  await second`set lock_timeout = '2s'`;

  await owner.begin(async (transaction) => {
    await transaction`
      select from public.mcp_authorization_codes where code_hash = ${
      String(redemption.p_code_hash)
    } for update`;
    await call(second, "purge_expired", { p_limit: 1000 });
    await transaction`
      update public.mcp_proxy_tokens set revoked_at = now(), revoked_reason = 'code_replayed', expires_at = now()
      where organization_id = ${tenant.organizationId}`;
  });

  assertEquals(await readRevocations(tenant), ["code_replayed"]);
});

Deno.test("organization before members: two owners who remove each other leave one", async () => {
  const tenant = await makeTenant(database);
  const ids = [crypto.randomUUID(), crypto.randomUUID()];
  const connections: Sql[] = [];
  for (const id of ids) {
    await owner`insert into auth.users (id) values (${id})`;
    await owner`insert into public.organization_members values (${tenant.organizationId}, ${id}, 'owner')`;
    connections.push(await know(database.openPlatformUser(id)));
  }
  const remove = (connection: Sql | undefined, p_user_id: string | undefined): Promise<Row> =>
    call(connection ?? owner, "remove_organization_member", {
      p_organization_id: tenant.organizationId,
      p_user_id,
    });
  const [one, other] = connections;
  await one?.unsafe("set application_name = 'held'");

  const control = database.openService(1);
  await owner.unsafe(
    "create trigger hold before delete on public.organization_members for each row execute function public.hold()",
  );
  await control`select pg_advisory_lock(4711)`;
  const held = remove(one, ids[1]);
  await untilBlocked(control, backends.get(one ?? owner) ?? 0);
  const waits = remove(other, ids[0]);
  await untilBlocked(control, backends.get(other ?? owner) ?? 0);
  await control`select pg_advisory_unlock(4711)`;
  const [removed, refused] = await Promise.all([held, waits]);
  await owner.unsafe("drop trigger hold on public.organization_members");

  assertEquals([removed.outcome, refused.outcome], ["removed", "unknown_organization"]);
  assertEquals(await countRows("organization_members", tenant), 1);
});

Deno.test("user before family: a person who disconnects an app, and a merge of that person", async () => {
  const tenant = await makeTenant(database);
  const { userId } = await issueFamily(database, tenant, { completion: PERSON });
  const page = await logInAtOwnPage(database, tenant);
  const other = await issueFamily(database, tenant);
  const admin = await know(await openAdmin(tenant.organizationId));

  const [revoked, merged] = await interleave(
    ["update", "mcp_proxy_tokens"],
    () =>
      call(first, "revoke_own_connections", {
        p_slug: tenant.slug,
        p_family_id: page.familyId,
        p_connection_id: null,
      }),
    admin,
    () =>
      call(admin, "merge_mcp_server_users", {
        p_mcp_server_user_id: other.userId,
        p_merged_user_id: userId,
      }),
  );

  assertEquals([revoked.outcome, merged.outcome], ["revoked", "merged"]);
});
