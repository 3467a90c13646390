import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { logInAtOwnPage, PERSON } from "../../support/database/own_page.ts";
import {
  insertRow,
  type IssuedFamily,
  issueFamily,
  makeTenant,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const list = (tenant: Tenant, login: IssuedFamily): Promise<Row> =>
  call(service, "list_own_connections", { p_slug: tenant.slug, p_family_id: login.familyId });

const idsOf = (own: Row): unknown[] => (own.connections as Row[] | null)?.map(({ id }) => id) ?? [];

/** Another server of the same organization and provider, with a client. */
async function makeSecondServer(tenant: Tenant): Promise<Tenant> {
  const slug = newName("server");
  const serverId = await insertRow(owner, "mcp_servers", {
    organization_id: tenant.organizationId,
    slug,
    name: "Second server",
    custom_oauth_config_id: tenant.configId,
    upstream_url: "https://second.example.com/mcp",
  });
  const clientId = newName("client");
  const registrationId = await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: serverId,
    client_id: clientId,
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    redirect_uris: ["cursor://anysphere.cursor-mcp/oauth/callback"],
    grant_types: ["authorization_code"],
  });
  return { ...tenant, slug, serverId, clientId, registrationId };
}

Deno.test("a person is told which app may do what, where, since when and until when it was used", async () => {
  const tenant = await makeTenant(database);
  const connected = await issueFamily(database, tenant, { completion: PERSON });
  await owner`
    update public.mcp_proxy_tokens set created_at = '2026-11-01T08:00:00Z' where id = ${connected.familyId}`;
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: connected.familyId,
    p_session_hash: "s".repeat(43),
  });
  await owner`
    update public.mcp_server_session set last_seen_at = '2026-11-20T08:00:00Z'
    where organization_id = ${tenant.organizationId}`;
  const page = await logInAtOwnPage(database, tenant);

  const own = await list(tenant, page);

  assertEquals(own, {
    outcome: "listed",
    email: "ada@example.com",
    organization_name: "Test organization",
    connections: [{
      id: tenant.registrationId,
      server_slug: tenant.slug,
      server_name: "Test server",
      scope_descriptions: {},
      client_id: tenant.clientId,
      kind: "dynamic",
      client_name: "Test client",
      redirect_uris: ["https://client.example.com/callback"],
      scopes: ["email", "offline_access", "openid"],
      first_used_at: "2026-11-01T08:00:00+00:00",
      last_used_at: "2026-11-20T08:00:00+00:00",
    }],
  });
});

Deno.test("the apps at every server of the organization are listed, the page's own logins are not", async () => {
  const tenant = await makeTenant(database);
  const second = await makeSecondServer(tenant);
  await issueFamily(database, tenant, { completion: PERSON });
  await issueFamily(database, second, { completion: PERSON });
  const page = await logInAtOwnPage(database, tenant);

  const own = await list(tenant, page);

  assertEquals(idsOf(own).sort(), [tenant.registrationId, second.registrationId].sort());
});

Deno.test("another person's apps, and those of another organization, are not listed", async () => {
  const tenant = await makeTenant(database);
  const other = await makeTenant(database);
  await issueFamily(database, tenant, { completion: { ...PERSON, p_upstream_sub: "somebody else" } });
  await issueFamily(database, other, { completion: PERSON });
  const page = await logInAtOwnPage(database, tenant);

  assertEquals([(await list(tenant, page)).connections], [[]]);
});

Deno.test("what was revoked or has expired is not listed", async () => {
  const tenant = await makeTenant(database);
  const connected = await issueFamily(database, tenant, { completion: PERSON });
  const page = await logInAtOwnPage(database, tenant);
  await owner`update public.mcp_proxy_tokens set expires_at = now() where id = ${connected.familyId}`;

  assertEquals((await list(tenant, page)).connections, []);
});

const ENDS: [what: string, end: (tenant: Tenant, page: IssuedFamily) => Promise<unknown>][] = [
  [
    "has expired",
    (_tenant, page) =>
      owner`update public.mcp_proxy_tokens set expires_at = now() where id = ${page.familyId}`,
  ],
  [
    "was revoked",
    (_tenant, page) =>
      owner`update public.mcp_proxy_tokens set revoked_at = now(), revoked_reason = 'test', expires_at = now()
    where id = ${page.familyId}`,
  ],
  [
    "is of a blocked person",
    (_tenant, page) => owner`update public.mcp_server_user set blocked_at = now() where id = ${page.userId}`,
  ],
  [
    "is of a disabled server",
    (tenant) => owner`update public.mcp_servers set disabled_at = now() where id = ${tenant.serverId}`,
  ],
  [
    "is of an MCP client",
    (_tenant, page) =>
      owner`update public.mcp_client_registrations set kind = 'preregistered'
    where id = (select mcp_client_registration_id from public.mcp_proxy_tokens where id = ${page.familyId})`,
  ],
];
for (const [what, end] of ENDS) {
  Deno.test(`a login that ${what} lists and revokes nothing`, async () => {
    const tenant = await makeTenant(database);
    const connected = await issueFamily(database, tenant, { completion: PERSON });
    const page = await logInAtOwnPage(database, tenant);

    await end(tenant, page);

    const revoked = await call(service, "revoke_own_connections", {
      p_slug: tenant.slug,
      p_family_id: page.familyId,
      p_connection_id: null,
    });
    assertEquals([(await list(tenant, page)).outcome, revoked.outcome], ["ended", "ended"]);
    const [row] = await owner`
      select revoked_at from public.mcp_proxy_tokens where id = ${connected.familyId}`;
    assertEquals(row?.revoked_at, null);
  });
}

Deno.test("a login at the page of one server is none at another's", async () => {
  const tenant = await makeTenant(database);
  const second = await makeSecondServer(tenant);
  const page = await logInAtOwnPage(database, tenant);

  assertEquals((await list(second, page)).outcome, "ended");
});
