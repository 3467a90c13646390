/**
 * Two connections for every function that takes several rows of one kind.
 *
 * The first connection takes the first row by the lock order of
 * supabase/schemas/README.md, and the function comes and waits. Then the first
 * connection goes on, row by row. The rows were made in the opposite order, so a
 * function that takes them as it finds them has a later one by then: a deadlock.
 */

import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row, type Sql } from "../../support/database/database.ts";
import { readBackend, untilBlocked } from "../../support/database/parallel.ts";
import { logInAtOwnPage, PERSON } from "../../support/database/own_page.ts";
import {
  buildCompletion,
  buildLogin,
  claimSession,
  insertRow,
  issueCode,
  issueFamily,
  makeConfig,
  makeTenant,
  newHash,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const second = database.openService(1);
await second`select 1`;
Deno.test.afterAll(() => database.close());

const FAR = new Date("2036-01-01T00:00:00Z");

/** The keys of a person's rows in the order in which they are to be taken. */
interface Keys {
  userId: string;
  codes: string[];
  families: string[];
  /** Two that lend, then the two that borrow from them. */
  vault: string[];
}

/** A person with four logins, whose rows were made from the last key to the first. */
async function makePerson(tenant: Tenant): Promise<Keys> {
  const { userId } = await issueFamily(database, tenant, { completion: PERSON });
  const mark = newName("key").replaceAll("-", "");
  const keys = [4, 3, 2, 1].map((place) => `${mark}${place}`);
  const of = { organization_id: tenant.organizationId, mcp_server_user_id: userId };
  const at = { mcp_server_id: tenant.serverId, mcp_client_registration_id: tenant.registrationId };
  // The keys of those that borrow are smaller.
  const vault = [3, 4, 1, 2].map((place) => `${mark}${place}`);
  const lenders = new Map([[vault[2], vault[0]], [vault[3], vault[1]]]);
  for (const id of vault) {
    await insertRow(owner, "upstream_oauth_tokens", {
      ...of,
      id,
      oauth_config_id: tenant.configId,
      client_generation: 1,
      access_token_ciphertext: "sealed",
      lender_id: lenders.get(id) ?? null,
    });
  }
  // A new version of a row stands behind the others.
  for (const id of [vault[1], vault[0]]) {
    await owner`update public.upstream_oauth_tokens set scope = 'openid' where id = ${String(id)}`;
  }
  const grant = { resource: "https://mcp.example.com/mcp", scope: "openid", expires_at: FAR };
  for (const key of keys) {
    await insertRow(owner, "mcp_authorization_codes", {
      ...of,
      ...at,
      ...grant,
      code_hash: key.padEnd(43, "0"),
      upstream_token_id: key,
      redirect_uri: "https://client.example.com/callback",
      code_challenge: newHash(),
    });
    await insertRow(owner, "mcp_proxy_tokens", {
      ...of,
      ...at,
      ...grant,
      id: key,
      upstream_token_id: key,
      handle_hash: newHash(),
      refresh_hash: newHash(),
    });
  }
  const inOrder = keys.toReversed();
  return { userId, codes: inOrder.map((key) => key.padEnd(43, "0")), families: inOrder, vault };
}

async function openAdmin(organizationId: string): Promise<Sql> {
  const userId = crypto.randomUUID();
  await owner`insert into auth.users (id) values (${userId})`;
  await owner`insert into public.organization_members values (${organizationId}, ${userId}, 'owner')`;
  return database.openPlatformUser(userId);
}

/** Returns once the call waits; where it ends without, that is the problem. */
async function untilWaiting(control: Sql, backend: number, started: Promise<unknown>): Promise<void> {
  const ended = started.then(() => {
    throw Object.assign(new Error("The call did not wait"), { code: "did not wait" });
  });
  await Promise.race([untilBlocked(control, backend), ended]);
  ended.catch(() => undefined);
}

/** Takes the keys one by one, the function's call in between; undefined where both went on, else the SQLSTATE. */
async function meet(
  [table, column]: [table: string, column: string],
  keys: string[],
  waiting: Sql,
  act: () => Promise<Row>,
): Promise<[first: string | undefined, outcome: unknown]> {
  const backend = await readBackend(waiting);
  const control = database.openService(1);
  let started: Promise<unknown> = Promise.resolve();
  const first = await findSqlState(() =>
    owner.begin(async (transaction) => {
      for (const [index, key] of keys.entries()) {
        await transaction`
          select from public.${transaction(table)} where ${transaction(column)} = ${key} for update`;
        if (index === 0) {
          started = act().then(({ outcome }) => outcome, ({ code }) => code);
          await untilWaiting(control, backend, started);
        }
      }
    })
  );
  const outcome = await started;
  await control.end();
  return [first, outcome];
}

const CALLS: Record<string, (tenant: Tenant, person: Keys) => Promise<[Sql, string, Row]>> = {
  revoked: async (tenant, { userId }) => [
    await openAdmin(tenant.organizationId),
    "revoke_mcp_server_user_tokens",
    { p_mcp_server_user_id: userId },
  ],
  "revoked at a server": async (tenant) => [
    await openAdmin(tenant.organizationId),
    "revoke_mcp_server_connections",
    { p_mcp_server_id: tenant.serverId },
  ],
  "revoked by the person": async (tenant) => {
    const page = await logInAtOwnPage(database, tenant);
    return [second, "revoke_own_connections", {
      p_slug: tenant.slug,
      p_family_id: page.familyId,
      p_connection_id: null,
    }];
  },
  "deleted with the server": async (tenant) => [
    await openAdmin(tenant.organizationId),
    "delete_mcp_server",
    { p_id: tenant.serverId },
  ],
  "deleted with the client": async (tenant) => [
    await openAdmin(tenant.organizationId),
    "delete_mcp_client",
    { p_id: tenant.registrationId },
  ],
  "deleted with the config": async (tenant) => {
    const other = await makeConfig(owner, tenant.organizationId);
    await owner`update public.mcp_servers set custom_oauth_config_id = ${other} where id = ${tenant.serverId}`;
    return [await openAdmin(tenant.organizationId), "delete_oauth_config", { p_id: tenant.configId }];
  },
  "deleted with the organization": async (tenant) => [
    await openAdmin(tenant.organizationId),
    "delete_organization",
    { p_id: tenant.organizationId },
  ],
};

const KINDS: [kind: string, table: string, column: string, keys: (person: Keys) => string[]][] = [
  ["codes", "mcp_authorization_codes", "code_hash", (person) => person.codes],
  ["token families", "mcp_proxy_tokens", "id", (person) => person.families],
  ["vault entries", "upstream_oauth_tokens", "id", (person) => person.vault],
];

for (const [what, build] of Object.entries(CALLS)) {
  for (const [kind, table, column, read] of KINDS) {
    Deno.test(`${kind} that are ${what} are taken by key`, async () => {
      const tenant = await makeTenant(database);
      const person = await makePerson(tenant);
      const [connection, name, args] = await build(tenant, person);

      const met = await meet([table, column], read(person), connection, () => call(connection, name, args));

      assertEquals(met, [undefined, what.startsWith("revoked") ? "revoked" : "deleted"]);
    });
  }
}

Deno.test("the MCP sessions of a visitor who logs in are taken by key", async () => {
  const tenant = await makeTenant(database);
  const login = buildLogin(tenant);
  await call(service, "provision_mcp_server_user", login);
  const { mcp_server_user_id: visitor } = await call(service, "track_mcp_server_user", {
    p_organization_id: tenant.organizationId,
    p_tracking_id: "visitor",
  });
  const ids = [4, 3, 2, 1].map((place) => `${tenant.slug}-${place}`);
  for (const id of ids) {
    await insertRow(owner, "mcp_server_session", {
      id,
      organization_id: tenant.organizationId,
      mcp_server_id: tenant.serverId,
      mcp_server_user_id: visitor,
      session_hash: newHash(),
      keep_until: FAR,
    });
  }

  const met = await meet(
    ["mcp_server_session", "id"],
    ids.toReversed(),
    second,
    () => call(second, "provision_mcp_server_user", { ...login, p_tracking_id: "visitor" }),
  );

  assertEquals(met, [undefined, "matched"]);
});

Deno.test("a login passes over a surplus code whose vault entry somebody holds", async () => {
  const tenant = await makeTenant(database);
  await issueCode(service, tenant, { completion: PERSON });
  const [held] = await owner`
    select id from public.upstream_oauth_tokens where organization_id = ${tenant.organizationId}`;
  await owner`update public.row_bounds set of_source = 1 where kind = 'unredeemed code of a user'`;
  const { sessionId } = await claimSession(service, tenant);
  await second`set lock_timeout = '2s'`;

  const completed = await owner.begin(async (transaction) => {
    await transaction`select from public.upstream_oauth_tokens where id = ${String(held?.id)} for update`;
    // Without a refresh token of its own it would borrow from the entry, and wait for it.
    return await call(second, "complete_authorization", buildCompletion(tenant, sessionId, PERSON));
  });
  await owner`update public.row_bounds set of_source = 100 where kind = 'unredeemed code of a user'`;
  await second`set lock_timeout = 0`;

  assertEquals(completed.outcome, "completed");
});

Deno.test("clean-up passes over an expired code whose vault entry somebody holds", async () => {
  const tenant = await makeTenant(database);
  await issueCode(service, tenant, { completion: PERSON });
  await owner`
    update public.mcp_authorization_codes set expires_at = now() - interval '2 hours'
    where organization_id = ${tenant.organizationId}`;
  const count = async (): Promise<number> => {
    const [row] = await owner`
      select count(*)::integer as count from public.upstream_oauth_tokens
      where organization_id = ${tenant.organizationId}`;
    return Number(row?.count);
  };
  await second`set lock_timeout = '2s'`;

  await owner.begin(async (transaction) => {
    await transaction`
      select from public.upstream_oauth_tokens where organization_id = ${tenant.organizationId} for update`;
    await call(second, "purge_expired", { p_limit: 1000 });
  });
  const passedOver = await count();
  await call(second, "purge_expired", { p_limit: 1000 });
  await second`set lock_timeout = 0`;

  assertEquals([passedOver, await count()], [1, 0]);
});

/** What each change of a platform user locks after the organization. */
const CHANGES: [name: string, table: string, build: (tenant: Tenant, userId: string) => Row][] = [
  ["delete_mcp_server", "mcp_servers", ({ serverId }) => ({ p_id: serverId })],
  ["delete_mcp_client", "mcp_client_registrations", ({ registrationId }) => ({ p_id: registrationId })],
  ["delete_oauth_config", "custom_oauth_configs", ({ configId }) => ({ p_id: configId })],
  ["delete_mcp_server_user", "mcp_server_user", (_, userId) => ({ p_mcp_server_user_id: userId })],
  ["erase_mcp_server_user", "mcp_server_user", (_, userId) => ({ p_mcp_server_user_id: userId })],
  ["revoke_mcp_server_user_tokens", "mcp_server_user", (_, userId) => ({ p_mcp_server_user_id: userId })],
  ["revoke_mcp_connection", "mcp_server_user", ({ registrationId }, userId) => ({
    p_mcp_server_user_id: userId,
    p_mcp_client_registration_id: registrationId,
  })],
  ["merge_mcp_server_users", "mcp_server_user", (_, userId) => ({
    p_mcp_server_user_id: userId,
    p_merged_user_id: userId,
  })],
  ["move_oauth_config_issuer", "custom_oauth_configs", ({ configId }) => ({
    p_oauth_config_id: configId,
    p_issuer: "https://moved.example.com",
  })],
];

for (const [name, table, build] of CHANGES) {
  Deno.test(`${name} waits for another change of its organization, and holds nothing meanwhile`, async () => {
    const tenant = await makeTenant(database);
    const { userId } = await issueFamily(database, tenant);
    const admin = await openAdmin(tenant.organizationId);
    const backend = await readBackend(admin);
    const control = database.openService(1);

    let started: Promise<Row> = Promise.resolve({});
    const taken = await findSqlState(() =>
      owner.begin(async (transaction) => {
        await transaction`
          select from public.organizations where id = ${tenant.organizationId} for no key update`;
        started = call(admin, name, build(tenant, userId));
        await untilWaiting(control, backend, started);
        await transaction`
          select from public.${transaction(table)}
          where organization_id = ${tenant.organizationId} for update nowait`;
      })
    );
    const { outcome } = await started;
    await control.end();

    assertEquals([taken, typeof outcome], [undefined, "string"]);
  });
}
