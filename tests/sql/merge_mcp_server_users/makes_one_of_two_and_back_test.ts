import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row, type Sql } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import {
  type IssuedFamily,
  issueFamily,
  makeTenant,
  newHash,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

interface Pair {
  tenant: Tenant;
  sql: Sql;
  ada: IssuedFamily;
  twin: IssuedFamily;
  logIn: (subject: string) => Promise<IssuedFamily>;
  merge: (changes?: Row) => Promise<Row>;
}

/** Ada, who logged in under two subjects. */
async function makePair(): Promise<Pair> {
  const tenant = await makeTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId, "admin");
  const logIn = (subject: string): Promise<IssuedFamily> =>
    issueFamily(database, tenant, {
      completion: {
        p_upstream_sub: subject,
        p_email: `${subject}@example.com`,
        p_profile: { name: subject },
      },
    });
  const [ada, twin] = [await logIn("ada"), await logIn("twin")];
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: twin.familyId,
    p_session_hash: newHash(),
  });
  return {
    tenant,
    sql,
    ada,
    twin,
    logIn,
    merge: (changes = {}) =>
      call(sql, "merge_mcp_server_users", {
        p_mcp_server_user_id: ada.userId,
        p_merged_user_id: twin.userId,
        ...changes,
      }),
  };
}

async function countSessions(userId: string): Promise<unknown> {
  const [row] = await owner`
    select count(*)::integer as count from public.mcp_server_session where mcp_server_user_id = ${userId}`;
  return row?.count;
}

Deno.test("after a merge both subjects are one person, with the sessions of both", async () => {
  const { ada, twin, logIn, merge, tenant, sql } = await makePair();

  const merged = await merge();

  assertEquals(merged.outcome, "merged");
  assertEquals([(await logIn("ada")).userId, (await logIn("twin")).userId], [ada.userId, ada.userId]);
  assertEquals(await countSessions(ada.userId), 1);
  assertEquals((await call(service, "rotate_refresh_token", ada.rotation)).outcome, "rotated");
  assertEquals((await call(service, "rotate_refresh_token", twin.rotation)).outcome, "unknown");
  const people = await sql`select mcp_server_user_id, email from public.mcp_people`;
  assertEquals(people.map(({ mcp_server_user_id }) => mcp_server_user_id), [ada.userId]);
  const merges = await sql`select merge_id, merged_user_id, taken_back_at from public.mcp_merges`;
  assertEquals(merges.map((row) => ({ ...row })), [{
    merge_id: merged.id,
    merged_user_id: twin.userId,
    taken_back_at: null,
  }]);
  const events = await owner`
    select object_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'users_merged'`;
  assertEquals(events.map(({ object_id }) => object_id), [merged.id]);
});

Deno.test("a merge that is taken back leaves both as they were, and both log in again", async () => {
  const { ada, twin, logIn, merge, sql } = await makePair();
  const read = async (): Promise<Row> => ({
    ...(await owner`select * from public.mcp_server_user where id = ${twin.userId}`)[0],
  });
  const before = await read();
  const { id } = await merge();
  const since = await logIn("twin");

  const back = await call(sql, "unmerge_mcp_server_users", { p_merge_id: id });
  const again = await call(sql, "unmerge_mcp_server_users", { p_merge_id: id });

  assertEquals([back.outcome, back.id, again.outcome], ["taken_back", twin.userId, "unknown_merge"]);
  assertEquals(await read(), before);
  assertEquals((await call(service, "rotate_refresh_token", since.rotation)).outcome, "revoked");
  assertEquals([(await logIn("ada")).userId, (await logIn("twin")).userId], [ada.userId, twin.userId]);
  assertEquals(await countSessions(twin.userId), 1);
  const [kept] = await owner`select merged_user, identities from public.mcp_server_user_merges where id = ${
    String(id)
  }`;
  assertEquals({ ...kept }, { merged_user: {}, identities: [] });
});

Deno.test("an erasure of who stayed takes along what a merge keeps of the other", async () => {
  const { ada, merge, sql, tenant } = await makePair();
  await merge();

  await call(sql, "erase_mcp_server_user", { p_mcp_server_user_id: ada.userId });

  const left =
    await owner`select from public.mcp_server_user_merges where organization_id = ${tenant.organizationId}`;
  assertEquals(left.length, 0);
});

const REFUSED: [what: string, change: (pair: Pair) => Promise<Row>, outcome: string][] = [
  ["somebody with themselves", (pair) => Promise.resolve({ p_merged_user_id: pair.ada.userId }), "same_user"],
  ["somebody who is blocked", async ({ twin }) => {
    await owner`update public.mcp_server_user set blocked_at = now() where id = ${twin.userId}`;
    return {};
  }, "user_blocked"],
  ["into somebody who is blocked", async ({ ada }) => {
    await owner`update public.mcp_server_user set blocked_at = now() where id = ${ada.userId}`;
    return {};
  }, "user_blocked"],
  ["a user of the platform's sign-in", async ({ twin }) => {
    await owner`update public.mcp_server_user set auth_type = 'platform_oauth' where id = ${twin.userId}`;
    return {};
  }, "different_sign_in"],
  ["somebody of another organization", async () => ({
    p_merged_user_id: (await issueFamily(database, await makeTenant(database))).userId,
  }), "unknown_user"],
];
for (const [what, change, outcome] of REFUSED) {
  Deno.test(`nobody merges ${what}: ${outcome}`, async () => {
    const pair = await makePair();
    const changes = await change(pair);

    const refused = await pair.merge(changes);

    const [row] = await owner`
      select count(*)::integer as people from public.mcp_server_user where organization_id = ${pair.tenant.organizationId}`;
    assertEquals([refused.outcome, row?.people], [outcome, 2]);
  });
}
