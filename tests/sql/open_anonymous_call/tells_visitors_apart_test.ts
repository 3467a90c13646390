import { assertEquals, assertNotEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { countOutcomes, readBackend, runAtOnce, untilBlocked } from "../../support/database/parallel.ts";
import {
  buildLogin,
  hashTrackingId,
  insertRow,
  makeTenant,
  newHash,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const crowd = database.openService(50);
await runAtOnce(50, () => crowd`select pg_sleep(0.02)`);
Deno.test.afterAll(() => database.close());

/** A tenant, with a server without sign-in beside the one it has. */
async function makeOpenTenant(): Promise<Tenant & { openSlug: string; openServerId: string }> {
  const tenant = await makeTenant(database);
  const openSlug = newName("open");
  const openServerId = await insertRow(owner, "mcp_servers", {
    organization_id: tenant.organizationId,
    slug: openSlug,
    name: "Open server",
    auth_type: "none",
    upstream_url: "https://mcp.example.com/mcp",
  });
  return { ...tenant, openSlug, openServerId };
}

function open(
  p_slug: string,
  p_tracking_id: string,
  p_session_hash: string | null = null,
  sql = service,
): Promise<Row> {
  return call(sql, "open_anonymous_call", { p_slug, p_tracking_id, p_session_hash });
}

/** Takes all places of this day's new visitors and the next's, but for so many. */
async function fillVisitors(organizationId: string, free = 0): Promise<void> {
  await owner`
    insert into public.mcp_server_user (organization_id, auth_type, tracking_hash, visitor_slot)
    select ${organizationId}, 'none', public.tracking_hash(${organizationId}, 'filler-' || day || '-' || place), day * 10000 + place
    from generate_series(floor(extract(epoch from now()) / 86400)::bigint,
        floor(extract(epoch from now()) / 86400)::bigint + 1) as day,
      generate_series(${free}::integer, 9999) as place
    on conflict do nothing`;
}

async function countSessions(serverId: string): Promise<number> {
  const [row] = await owner`
    select count(*)::integer as count from public.mcp_server_session where mcp_server_id = ${serverId}`;
  return Number(row?.count);
}

Deno.test("a visitor is tracked: one row of the organization, without sign-in, seen again at each call", async () => {
  const tenant = await makeOpenTenant();

  const first = await open(tenant.openSlug, "visitor");
  await owner`update public.mcp_server_user set last_seen_at = now() - interval '1 day'
    where id = ${String(first.mcp_server_user_id)}`;
  const second = await open(tenant.openSlug, "visitor");

  assertEquals(first, {
    outcome: "tracked",
    organization_id: tenant.organizationId,
    mcp_server_user_id: first.mcp_server_user_id,
  });
  assertEquals(second, first);
  const users = await owner`
    select id, auth_type, email, upstream_sub, tracking_hash, last_seen_at > now() - interval '1 hour' as seen_again
    from public.mcp_server_user where organization_id = ${tenant.organizationId}`;
  assertEquals(users.map((user) => ({ ...user })), [{
    id: first.mcp_server_user_id,
    auth_type: "none",
    email: null,
    upstream_sub: null,
    tracking_hash: hashTrackingId(tenant.organizationId, "visitor"),
    seen_again: true,
  }]);
});

Deno.test("a visitor is the same at two servers of an organization, and another at another organization", async () => {
  const [tenant, other] = [await makeOpenTenant(), await makeOpenTenant()];
  const second = newName("second");
  await insertRow(owner, "mcp_servers", {
    organization_id: tenant.organizationId,
    slug: second,
    name: "Second open server",
    auth_type: "none",
    upstream_url: "https://mcp.example.com/mcp",
  });

  const { mcp_server_user_id } = await open(tenant.openSlug, "visitor");

  assertEquals((await open(second, "visitor")).mcp_server_user_id, mcp_server_user_id);
  assertNotEquals((await open(other.openSlug, "visitor")).mcp_server_user_id, mcp_server_user_id);
});

Deno.test("the MCP session is recorded once, with its first and last sight, and without a client", async () => {
  const tenant = await makeOpenTenant();
  const sessionHash = newHash();

  const { mcp_server_user_id } = await open(tenant.openSlug, "visitor", sessionHash);
  await owner`update public.mcp_server_session set first_seen_at = now() - interval '2 hours',
    last_seen_at = now() - interval '2 hours', keep_until = now() where session_hash = ${sessionHash}`;
  await open(tenant.openSlug, "visitor", sessionHash);
  await open(tenant.openSlug, "visitor");

  const sessions = await owner`
    select mcp_server_id, mcp_server_user_id, client_id, last_seen_at - first_seen_at >= interval '2 hours' as seen_again,
      keep_until = ((now() at time zone 'UTC') + interval '365 days')::date as kept_for_a_year
    from public.mcp_server_session where organization_id = ${tenant.organizationId}`;
  assertEquals(sessions.map((session) => ({ ...session })), [{
    mcp_server_id: tenant.openServerId,
    mcp_server_user_id,
    client_id: null,
    seen_again: true,
    kept_for_a_year: true,
  }]);
});

Deno.test("a visitor whom a login has claimed is known, and keeps name, address and history", async () => {
  const tenant = await makeOpenTenant();
  const visitor = await open(tenant.openSlug, "visitor", newHash());
  const login = await call(
    service,
    "provision_mcp_server_user",
    buildLogin(tenant, { p_tracking_id: "visitor", p_email: "ada@example.com", p_email_verified: true }),
  );

  const known = await open(tenant.openSlug, "visitor", newHash());

  assertEquals([login.outcome, login.mcp_server_user_id], ["claimed_tracking", visitor.mcp_server_user_id]);
  assertEquals(known, { ...visitor, outcome: "known" });
  const [user] = await owner`
    select auth_type, email, email_verified from public.mcp_server_user
    where id = ${String(visitor.mcp_server_user_id)}`;
  assertEquals({ ...user }, { auth_type: "custom_oauth", email: "ada@example.com", email_verified: true });
  assertEquals(await countSessions(tenant.openServerId), 2);
});

Deno.test("a visitor whom a known user merged with is that user's, and no identity of a stranger's either", async () => {
  const tenant = await makeOpenTenant();
  const login = buildLogin(tenant);
  const { mcp_server_user_id } = await call(service, "provision_mcp_server_user", login);
  await open(tenant.openSlug, "visitor", newHash());
  await call(service, "provision_mcp_server_user", { ...login, p_tracking_id: "visitor" });

  assertEquals(await open(tenant.openSlug, "visitor"), {
    outcome: "known",
    organization_id: tenant.organizationId,
    mcp_server_user_id,
  });
});

const nobody = { organization_id: null, mcp_server_user_id: null };

Deno.test("a blocked visitor is answered user_blocked, claimed or not, and no session is recorded", async () => {
  const tenant = await makeOpenTenant();
  await open(tenant.openSlug, "visitor");
  await call(service, "provision_mcp_server_user", buildLogin(tenant, { p_tracking_id: "claimed" }));
  await owner`update public.mcp_server_user set blocked_at = now()
    where organization_id = ${tenant.organizationId}`;

  for (const trackingId of ["visitor", "claimed"]) {
    assertEquals(await open(tenant.openSlug, trackingId, newHash()), { outcome: "user_blocked", ...nobody });
  }
  assertEquals(await countSessions(tenant.openServerId), 0);
});

Deno.test("a server with sign-in, a disabled one and one that never was are unknown, and nobody is tracked", async () => {
  const tenant = await makeOpenTenant();
  const disabled = await makeOpenTenant();
  await owner`update public.mcp_servers set disabled_at = now() where id = ${disabled.openServerId}`;

  for (const slug of [tenant.slug, disabled.openSlug, "nowhere"]) {
    assertEquals(await open(slug, "visitor", newHash()), { outcome: "unknown_server", ...nobody });
  }
  const users = await owner`
    select 1 from public.mcp_server_user where organization_id in (${tenant.organizationId}, ${disabled.organizationId})`;
  assertEquals(users.length, 0);
});

Deno.test("an empty tracking id is raised, and one that is too long", async () => {
  const { openSlug } = await makeOpenTenant();

  assertEquals(await findSqlState(() => open(openSlug, "")), "22004");
  assertEquals(await findSqlState(() => open(openSlug, "t".repeat(256))), "22023");
  assertEquals((await open(openSlug, "t".repeat(255))).outcome, "tracked");
});

Deno.test("when the places of a day's visitors are taken a newcomer is crowded, and those who are known are not", async () => {
  const [tenant, other] = [await makeOpenTenant(), await makeOpenTenant()];
  await open(tenant.openSlug, "regular");
  await call(service, "provision_mcp_server_user", buildLogin(tenant, { p_tracking_id: "claimed" }));
  await fillVisitors(tenant.organizationId);

  const newcomer = await open(tenant.openSlug, "newcomer", newHash());

  assertEquals(newcomer, {
    outcome: "crowded",
    organization_id: tenant.organizationId,
    mcp_server_user_id: null,
  });
  assertEquals(
    [
      await open(tenant.openSlug, "regular"),
      await open(tenant.openSlug, "claimed"),
      await open(other.openSlug, "newcomer"),
    ].map(({ outcome }) => outcome),
    ["tracked", "known", "tracked"],
  );
  const rows = await owner`
    select 1 from public.mcp_server_user
    where organization_id = ${tenant.organizationId} 
      and tracking_hash = public.tracking_hash(${tenant.organizationId}, 'newcomer')`;
  assertEquals([rows.length, await countSessions(tenant.openServerId)], [0, 0]);
});

Deno.test("the visitors of a day take no place of another day's", async () => {
  const tenant = await makeOpenTenant();
  await fillVisitors(tenant.organizationId);
  await owner`
    update public.mcp_server_user set visitor_slot = visitor_slot - 20000
    where organization_id = ${tenant.organizationId}`;

  assertEquals((await open(tenant.openSlug, "newcomer")).outcome, "tracked");
});

Deno.test("one source takes its part of the places of a day's visitors, and another source has room", async () => {
  const tenant = await makeOpenTenant();
  const [bound] = await owner`select of_source from public.row_bounds where kind = 'visitor'`;
  await owner`update public.row_bounds set of_source = 400 where kind = 'visitor'`;
  const openFrom = async (p_source: string, p_tracking_id: string): Promise<unknown> =>
    (await call(service, "open_anonymous_call", {
      p_slug: tenant.openSlug,
      p_tracking_id,
      p_session_hash: null,
      p_source,
    })).outcome;
  const outcomes: Row[] = [];
  for (let visitor = 0; visitor < 1_200; visitor++) {
    outcomes.push({ outcome: await openFrom("flood", `flood-${visitor}`) });
  }

  const { tracked } = countOutcomes(outcomes);
  assertEquals([tracked !== undefined && tracked <= 400, tracked !== undefined && tracked > 200], [
    true,
    true,
  ]);
  assertEquals([await openFrom("other", "honest-1"), await openFrom("other", "honest-2")], [
    "tracked",
    "tracked",
  ]);
  await owner`update public.row_bounds set of_source = ${bound!["of_source"]} where kind = 'visitor'`;
});

Deno.test("a visitor has ten new sessions an hour; more pass unnoticed, until the hour is over", async () => {
  const tenant = await makeOpenTenant();
  const visits = async (count: number): Promise<unknown[]> => {
    const outcomes = [];
    for (let visit = 0; visit < count; visit++) {
      outcomes.push((await open(tenant.openSlug, "busy", newHash())).outcome);
    }
    return [...new Set(outcomes)];
  };

  const outcomes = await visits(13);
  const during = await countSessions(tenant.openServerId);
  await owner`update public.mcp_server_session set first_seen_at = now() - interval '61 minutes'
    where mcp_server_id = ${tenant.openServerId}`;
  await visits(1);

  assertEquals(outcomes, ["tracked"]);
  assertEquals([during, await countSessions(tenant.openServerId)], [10, 11]);
});

Deno.test("fifty first calls of one tracking id and one session at once are one visitor and one session", async () => {
  const tenant = await makeOpenTenant();
  for (let round = 0; round < 10; round++) {
    const sessionHash = newHash();

    const opened = await runAtOnce(50, () => open(tenant.openSlug, `visitor-${round}`, sessionHash, crowd));

    assertEquals(countOutcomes(opened), { tracked: 50 });
    assertEquals(new Set(opened.map((row) => row.mcp_server_user_id)).size, 1);
    assertEquals(await countSessions(tenant.openServerId), round + 1);
  }
});

Deno.test("fifty calls while a first login claims the visitor are all answered, and the visitor is known after", async () => {
  const tenant = await makeOpenTenant();
  for (let round = 0; round < 10; round++) {
    const p_tracking_id = `visitor-${round}`;
    const login = call(crowd, "provision_mcp_server_user", buildLogin(tenant, { p_tracking_id }));

    const opened = await runAtOnce(50, () => open(tenant.openSlug, p_tracking_id, newHash(), crowd));
    const { mcp_server_user_id } = await login;

    const { tracked = 0, known = 0 } = countOutcomes(opened);
    assertEquals(tracked + known, 50);
    assertEquals(new Set(opened.map((row) => row.mcp_server_user_id)), new Set([mcp_server_user_id]));
    assertEquals((await open(tenant.openSlug, p_tracking_id)).outcome, "known");
  }
});

Deno.test("fifty calls while a known user's login takes the visitor over are all answered", async () => {
  const tenant = await makeOpenTenant();
  const login = buildLogin(tenant);
  await call(service, "provision_mcp_server_user", login);
  for (let round = 0; round < 10; round++) {
    const p_tracking_id = `visitor-${round}`;
    await open(tenant.openSlug, p_tracking_id, newHash());
    const merging = call(crowd, "provision_mcp_server_user", { ...login, p_tracking_id });

    const opened = await runAtOnce(50, () => open(tenant.openSlug, p_tracking_id, newHash(), crowd));

    const { tracked = 0, known = 0 } = countOutcomes(opened);
    assertEquals([tracked + known, (await merging).outcome], [50, "matched"]);
  }
});

Deno.test("a call waits for the login that claims its visitor, and then hands on no identity", async () => {
  const tenant = await makeOpenTenant();
  await open(tenant.openSlug, "visitor");
  const [claiming, calling] = [database.openService(1), database.openService(1)];
  const backend = await readBackend(calling);

  let opening: Promise<Row> | undefined;
  await claiming.begin(async (transaction) => {
    await call(
      transaction as unknown as typeof claiming,
      "provision_mcp_server_user",
      buildLogin(tenant, { p_tracking_id: "visitor" }),
    );
    opening = open(tenant.openSlug, "visitor", newHash(), calling);
    await untilBlocked(owner, backend);
  });

  assertEquals((await opening)?.outcome, "known");
});
