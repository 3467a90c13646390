/**
 * What the four functions end that revoke connections: what they name, and nothing beside it.
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import {
  insertRow,
  issueCode,
  type IssuedFamily,
  issueFamily,
  makeTenant,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

/** A second server of the organization, with a client of the same id or of another. */
async function addServer(tenant: Tenant, clientId: string): Promise<Tenant> {
  const slug = newName("server");
  const serverId = await insertRow(owner, "mcp_servers", {
    organization_id: tenant.organizationId,
    slug,
    name: "Second server",
    custom_oauth_config_id: tenant.configId,
    upstream_url: "https://mcp.example.com/second",
  });
  return await addClient({ ...tenant, slug, serverId }, clientId);
}

/** Another client of the server. */
async function addClient(tenant: Tenant, clientId: string): Promise<Tenant> {
  const registrationId = await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    client_id: clientId,
    kind: "metadata_document",
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://client.example.com/callback"],
    grant_types: ["authorization_code", "refresh_token"],
  });
  return { ...tenant, clientId, registrationId };
}

const COMPLETION = { completion: { p_upstream_sub: "ada" } };

interface Logins {
  tenant: Tenant;
  logins: Record<string, IssuedFamily>;
  /** As an admin of the organization. */
  revoke(name: string, args: Row): Promise<Row>;
  /** Which logins are alive. */
  living(): Promise<string[]>;
}

/** Two people, two clients and two servers, and another organization. */
async function makeLogins(): Promise<Logins> {
  const tenant = await makeTenant(database, { client: { kind: "metadata_document" } });
  const second = await addServer(tenant, tenant.clientId);
  const other = await addServer(tenant, newName("client"));
  const logins: Record<string, IssuedFamily> = {
    ada: await issueFamily(database, tenant, COMPLETION),
    "ada again": await issueFamily(database, tenant, COMPLETION),
    "ada at the second server": await issueFamily(database, second, COMPLETION),
    "ada with another client": await issueFamily(
      database,
      await addClient(tenant, newName("client")),
      COMPLETION,
    ),
    "ada at the second server with another client": await issueFamily(database, other, COMPLETION),
    bob: await issueFamily(database, tenant),
    stranger: await issueFamily(database, await makeTenant(database)),
  };
  const { sql } = await makePlatformUser(database, tenant.organizationId, "admin");
  return {
    tenant,
    logins,
    revoke: (name, args) => call(sql, name, args),
    living: async () => {
      const rows = await owner`
        select family.id from public.mcp_proxy_tokens as family
        join public.upstream_oauth_tokens as upstream on upstream.id = family.upstream_token_id
        where family.revoked_at is null and upstream.ended_at is null`;
      const ids = rows.map(({ id }) => id);
      return Object.entries(logins).filter(([, { familyId }]) => ids.includes(familyId)).map(([name]) =>
        name
      );
    },
  };
}

const CASES: [name: string, args: (logins: Logins) => Row, ended: number, living: string[]][] = [
  [
    "revoke_mcp_connection",
    ({ tenant, logins }) => ({
      p_mcp_server_user_id: logins["ada"]!.userId,
      p_mcp_client_registration_id: tenant.registrationId,
    }),
    2,
    [
      "ada at the second server",
      "ada with another client",
      "ada at the second server with another client",
      "bob",
      "stranger",
    ],
  ],
  [
    "revoke_mcp_client_connections",
    ({ tenant }) => ({ p_mcp_client_registration_id: tenant.registrationId }),
    4,
    ["ada with another client", "ada at the second server with another client", "stranger"],
  ],
  [
    "revoke_mcp_server_connections",
    ({ tenant }) => ({ p_mcp_server_id: tenant.serverId }),
    4,
    ["ada at the second server", "ada at the second server with another client", "stranger"],
  ],
  [
    "revoke_organization_connections",
    ({ tenant }) => ({ p_organization_id: tenant.organizationId }),
    6,
    ["stranger"],
  ],
];
for (const [name, args, ended, living] of CASES) {
  Deno.test(`${name} ends what it names, and nothing beside it`, async () => {
    const logins = await makeLogins();
    const { redemption } = await issueCode(service, logins.tenant, COMPLETION);

    const revoked = await logins.revoke(name, args(logins));
    const again = await logins.revoke(name, args(logins));

    assertEquals([revoked.outcome, revoked.ended, await logins.living()], ["revoked", ended, living]);
    assertEquals([again.outcome, again.ended], ["revoked", 0]);
    assertEquals(
      (await call(service, "rotate_refresh_token", logins.logins["ada"]!.rotation)).outcome,
      "revoked",
    );
    assertEquals((await call(service, "redeem_authorization_code", redemption)).outcome, "unknown");
    const events = await owner`
      select platform_user_id is not null as named from public.mcp_audit_events
      where organization_id = ${logins.tenant.organizationId} and event = 'connections_revoked'`;
    assertEquals([...events].map(({ named }) => named), [true, true]);
  });
}

Deno.test("a person of one organization and a client of another are no connection", async () => {
  const logins = await makeLogins();

  const revoked = await logins.revoke("revoke_mcp_connection", {
    p_mcp_server_user_id: logins.logins["stranger"]!.userId,
    p_mcp_client_registration_id: logins.tenant.registrationId,
  });

  assertEquals(revoked, { outcome: "unknown_connection", id: null, ended: null });
});

Deno.test("a vault entry that lends its refresh token goes on lending to a login that stays", async () => {
  const tenant = await makeTenant(database);
  const other = await addServer(tenant, newName("client"));
  const lender = await issueFamily(database, tenant, COMPLETION);
  const borrower = await issueFamily(database, other, {
    completion: { ...COMPLETION.completion, p_refresh_token: null },
  });
  const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");

  await call(sql, "revoke_mcp_server_connections", { p_mcp_server_id: tenant.serverId });

  const [entry] = await owner`
    select lender_id, ended_at from public.upstream_oauth_tokens where id = ${borrower.upstreamTokenId}`;
  const [kept] = await owner`
    select refresh_token_ciphertext is not null as lends from public.upstream_oauth_tokens
    where id = ${lender.upstreamTokenId}`;
  assertEquals([entry?.lender_id, entry?.ended_at, kept?.lends], [lender.upstreamTokenId, null, true]);
});
