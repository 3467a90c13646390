import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row, type TestDatabase } from "../../support/database/database.ts";
import {
  buildApproval,
  buildLogin,
  insertRow,
  issueCode,
  issueFamily,
  makeTenant,
  newHash,
  type Tenant,
} from "../../support/database/rows.ts";

const tables = [
  "mcp_authorization_sessions",
  "mcp_authorization_codes",
  "mcp_proxy_tokens",
  "upstream_oauth_tokens",
  "mcp_client_registrations",
  "mcp_server_session",
  "mcp_audit_events",
  "mcp_server_user",
];

/** A database of one test: clean-up sees all of it. */
async function withDatabase(act: (database: TestDatabase, tenant: Tenant) => Promise<void>): Promise<void> {
  const database = await openDatabase();
  try {
    await act(database, await makeTenant(database));
  } finally {
    await database.close();
  }
}

async function count({ owner }: TestDatabase): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const [row] = await owner`select count(*)::integer as count from public.${owner(table)}`;
    counts[table] = Number(row?.count);
  }
  return counts;
}

const purge = ({ service }: TestDatabase, p_limit = 1000): Promise<Row> =>
  call(service, "purge_expired", { p_limit });

Deno.test("purge_expired leaves what is alive", () =>
  withDatabase(async (database, tenant) => {
    const { familyId } = await issueFamily(database, tenant);
    await issueCode(database.service, tenant);
    await call(database.service, "open_mcp_call", {
      p_slug: tenant.slug,
      p_family_id: familyId,
      p_session_hash: newHash(),
    });
    const before = await count(database);

    const purged = await purge(database);

    assertEquals([purged.purge_expired, await count(database)], [0, before]);
  }));

Deno.test("sessions and codes go an hour after they expired, not before", () =>
  withDatabase(async (database, tenant) => {
    const { owner } = database;
    await issueFamily(database, tenant);
    const age = async (interval: string): Promise<void> => {
      await owner`update public.mcp_authorization_sessions set expires_at = now() - ${interval}::interval`;
      await owner`update public.mcp_authorization_codes set expires_at = now() - ${interval}::interval`;
    };

    await age("59 minutes");
    const early = await purge(database);
    await age("61 minutes");
    const late = await purge(database);

    assertEquals([early.purge_expired, late.purge_expired], [0, 2]);
    const counts = await count(database);
    assertEquals([counts.mcp_authorization_sessions, counts.mcp_authorization_codes], [0, 0]);
    assertEquals([counts.mcp_proxy_tokens, counts.upstream_oauth_tokens], [1, 1]);
  }));

Deno.test("a code that nobody redeemed takes its vault entry along", () =>
  withDatabase(async (database, tenant) => {
    await issueCode(database.service, tenant);
    await database.owner`update public.mcp_authorization_codes set expires_at = now() - interval '2 hours'`;

    await purge(database);

    const counts = await count(database);
    assertEquals([counts.mcp_authorization_codes, counts.upstream_oauth_tokens, counts.mcp_server_user], [
      0,
      0,
      1,
    ]);
  }));

for (
  const [how, change] of [
    ["expired", "expires_at = now() - interval '49 hours'"],
    [
      "revoked",
      "expires_at = now() - interval '49 hours', revoked_at = now() - interval '49 hours', revoked_reason = 'test'",
    ],
  ] as const
) {
  Deno.test(`a family goes a day after it has ${how}, with its vault entry`, () =>
    withDatabase(async (database, tenant) => {
      await issueFamily(database, tenant);
      await issueFamily(database, tenant);
      await database.owner`delete from public.mcp_authorization_codes`;
      await database.owner.unsafe(`
        update public.mcp_proxy_tokens set ${change} where id = (select min(id) from public.mcp_proxy_tokens)`);

      const purged = await purge(database);

      const counts = await count(database);
      assertEquals([purged.purge_expired, counts.mcp_proxy_tokens, counts.upstream_oauth_tokens], [1, 1, 1]);
    }));
}

Deno.test("a family whose code is still there waits for its code", () =>
  withDatabase(async (database, tenant) => {
    await issueFamily(database, tenant);
    await database.owner`update public.mcp_proxy_tokens set expires_at = now() - interval '3 days'`;

    const first = await purge(database);
    await database.owner`update public.mcp_authorization_codes set expires_at = now() - interval '3 days'`;
    const second = await purge(database);

    assertEquals([first.purge_expired, second.purge_expired], [0, 2]);
  }));

Deno.test("a vault entry that has ended goes after a day, unless a family still names it", () =>
  withDatabase(async (database, tenant) => {
    const { owner, service } = database;
    await issueFamily(database, tenant);
    await call(service, "provision_mcp_server_user", buildLogin(tenant));
    await call(service, "provision_mcp_server_user", buildLogin(tenant));
    await owner`update public.upstream_oauth_tokens set ended_at = now() - interval '25 hours', ended_reason = 'test'
      where id <> (select max(id) from public.upstream_oauth_tokens
        where id not in (select upstream_token_id from public.mcp_proxy_tokens))`;

    const purged = await purge(database);

    assertEquals([purged.purge_expired, (await count(database)).upstream_oauth_tokens], [1, 2]);
  }));

Deno.test("clients that led to no login expire; one that did never does", () =>
  withDatabase(async (database, tenant) => {
    const { owner, service } = database;
    await issueFamily(database, tenant);
    for (const [client_id, expires_at] of [["new", "1 hour"], ["old", "-1 hour"]]) {
      await insertRow(owner, "mcp_client_registrations", {
        organization_id: tenant.organizationId,
        mcp_server_id: tenant.serverId,
        client_id,
        kind: "dynamic",
        token_endpoint_auth_method: "none",
        redirect_uris: ["https://client.example.com"],
        grant_types: ["authorization_code"],
      });
      await owner`update public.mcp_client_registrations set expires_at = now() + ${
        String(expires_at)
      }::interval
        where client_id = ${String(client_id)}`;
    }
    await owner`update public.mcp_client_registrations set created_at = now() - interval '10 years'`;

    await purge(database);

    const clients =
      await owner`select client_id from public.mcp_client_registrations order by created_at, client_id`;
    assertEquals(clients.map((client) => client.client_id), [tenant.clientId, "new"].sort());
    assertEquals(
      (await call(service, "begin_authorization", { p_slug: tenant.slug, p_client_id: tenant.clientId }))
        .outcome,
      "ready",
    );
  }));

Deno.test("MCP sessions and audit events stay as long as their organization keeps them", () =>
  withDatabase(async (database, tenant) => {
    const { owner, service } = database;
    await owner`update public.organizations set audit_retention_days = 10 where id = ${tenant.organizationId}`;
    const { familyId } = await issueFamily(database, tenant);
    await call(service, "open_mcp_call", {
      p_slug: tenant.slug,
      p_family_id: familyId,
      p_session_hash: newHash(),
    });
    const before = await count(database);
    const age = async (days: number): Promise<void> => {
      await owner`update public.mcp_audit_events set keep_until = keep_until - make_interval(days => ${days})`;
      await owner`update public.mcp_server_session set keep_until = keep_until - ${days}::integer`;
    };

    await age(9);
    await purge(database);
    const early = await count(database);
    await age(2);
    await purge(database);
    const late = await count(database);

    assertEquals([early.mcp_audit_events, early.mcp_server_session], [before.mcp_audit_events, 1]);
    assertEquals([late.mcp_audit_events, late.mcp_server_session], [0, 0]);
  }));

Deno.test("p_limit bounds each kind, and what is left goes the next time", () =>
  withDatabase(async (database, tenant) => {
    for (let login = 0; login < 5; login++) {
      await call(database.service, "open_authorization_session", buildApproval(tenant));
    }
    await database
      .owner`update public.mcp_authorization_sessions set expires_at = now() - interval '2 hours'`;

    const rounds = [];
    for (let round = 0; round < 3; round++) {
      rounds.push((await purge(database, 2)).purge_expired);
    }

    assertEquals(rounds, [2, 2, 1]);
  }));

Deno.test("a client in the middle of a login stays, however old its registration is", () =>
  withDatabase(async (database, tenant) => {
    const { owner } = database;
    await call(database.service, "open_authorization_session", buildApproval(tenant));
    await owner`update public.mcp_client_registrations set expires_at = now() - interval '1 minute'`;

    const during = await purge(database);
    await owner`update public.mcp_client_registrations set last_used_at = now() - interval '11 minutes'`;
    const afterwards = await purge(database);

    assertEquals([during.purge_expired, afterwards.purge_expired], [0, 1]);
  }));

Deno.test("invitations go when they expire", () =>
  withDatabase(async (database, tenant) => {
    for (const [name, days] of [["old", -1], ["new", 1]] as const) {
      await insertRow(database.owner, "organization_invitations", {
        organization_id: tenant.organizationId,
        email: `${name}@example.com`,
        role: "member",
        invited_by: crypto.randomUUID(),
        expires_at: new Date(Date.now() + days * 86_400_000),
      });
    }

    const purged = await purge(database);

    const left = await database.owner`select email from public.organization_invitations`;
    assertEquals([purged.purge_expired, left.map(({ email }) => email)], [1, ["new@example.com"]]);
  }));

Deno.test("abandoned logins of one hour are counted in one row, and those of a used client apart", () =>
  withDatabase(async (database, tenant) => {
    const { owner, service } = database;
    const other = await insertRow(owner, "mcp_client_registrations", {
      organization_id: tenant.organizationId,
      mcp_server_id: tenant.serverId,
      client_id: "used-client",
      kind: "dynamic",
      token_endpoint_auth_method: "none",
      redirect_uris: ["https://client.example.com/callback"],
      grant_types: ["authorization_code"],
      first_used_at: new Date(),
      expires_at: null,
    });
    for (let login = 0; login < 5; login++) {
      await call(service, "open_authorization_session", buildApproval(tenant));
    }
    await call(service, "open_authorization_session", buildApproval({ ...tenant, clientId: "used-client" }));
    await owner`update public.mcp_authorization_sessions
      set expires_at = date_trunc('hour', now()) - interval '90 minutes'`;

    await purge(database, 3);
    await purge(database, 3);

    const events = await owner`
      select client_id, occurrences from public.mcp_audit_events where event = 'login_abandoned' order by occurrences`;
    assertEquals(events.map((event) => ({ ...event })), [
      { client_id: "used-client", occurrences: 1 },
      { client_id: tenant.clientId, occurrences: 5 },
    ]);
    assertEquals(other.length > 0, true);
  }));

Deno.test("rows that somebody holds are skipped, and nobody is waited for", () =>
  withDatabase(async (database, tenant) => {
    const { owner } = database;
    for (let login = 0; login < 3; login++) {
      await issueFamily(database, tenant);
    }
    await owner`update public.mcp_authorization_sessions set expires_at = now() - interval '3 days'`;
    await owner`update public.mcp_authorization_codes set expires_at = now() - interval '3 days'`;
    await owner`update public.mcp_proxy_tokens set expires_at = now() - interval '3 days'`;
    await owner`update public.mcp_audit_events set keep_until = now() - interval '3 days'`;
    await owner`delete from public.mcp_authorization_codes`;
    const other = database.openService(1);
    await other`set lock_timeout = '2s'`;

    const purged = await owner.begin(async (transaction) => {
      for (const table of ["mcp_authorization_sessions", "mcp_proxy_tokens", "mcp_audit_events"]) {
        await transaction`select from public.${transaction(table)} order by id limit 1 for update`;
      }
      return await call(other, "purge_expired", { p_limit: 1000 });
    });

    const counts = await count(database);
    assertEquals([counts.mcp_authorization_sessions, counts.mcp_proxy_tokens, counts.mcp_audit_events], [
      1,
      1,
      1,
    ]);
    assertEquals(Number(purged.purge_expired) > 0, true);
  }));
