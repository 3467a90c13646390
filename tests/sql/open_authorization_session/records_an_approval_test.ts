import { assertEquals } from "@std/assert";
import { call, openDatabase, type Sql } from "../../support/database/database.ts";
import { buildApproval, insertRow, issueCode, makeTenant, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("open_authorization_session answers opened with the config, its sealed secret included", async () => {
  const tenant = await makeTenant(database);
  const approval = buildApproval(tenant);

  const opened = await call(service, "open_authorization_session", approval);

  const config = opened.config as Record<string, unknown>;
  assertEquals([opened.outcome, config.id, config.client_secret_ciphertext, config.client_generation], [
    "opened",
    tenant.configId,
    "sealed-client-secret",
    1,
  ]);
  const [session] = await owner`
    select organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, form_hash, browser_hash,
      expires_at - created_at = interval '10 minutes' as lasts_ten_minutes, claimed_at
    from public.mcp_authorization_sessions where state_hash = ${String(approval.p_state_hash)}`;
  assertEquals({ ...session }, {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    mcp_client_registration_id: tenant.registrationId,
    oauth_config_id: tenant.configId,
    form_hash: approval.p_form_hash,
    browser_hash: approval.p_browser_hash,
    lasts_ten_minutes: true,
    claimed_at: null,
  });
});

Deno.test("open_authorization_session answers form_replayed to a form that was used", async () => {
  const tenant = await makeTenant(database);
  const approval = buildApproval(tenant);
  await call(service, "open_authorization_session", approval);

  const again = await call(service, "open_authorization_session", {
    ...buildApproval(tenant),
    p_form_hash: approval.p_form_hash,
  });

  assertEquals(again, { outcome: "form_replayed", config: null });
});

for (
  const [outcome, changes] of [
    ["unknown_server", { server: { disabled_at: new Date() } }],
    ["no_sign_in", { config: { disabled_at: new Date() } }],
  ] as const
) {
  Deno.test(`open_authorization_session answers ${outcome}`, async () => {
    const tenant = await makeTenant(database, changes);

    const refused = await call(service, "open_authorization_session", buildApproval(tenant));

    assertEquals(refused, { outcome, config: null });
  });
}

Deno.test("open_authorization_session answers unknown_client to a client of another server", async () => {
  const tenant = await makeTenant(database);
  const other = await makeTenant(database);

  const refused = await call(
    service,
    "open_authorization_session",
    buildApproval(tenant, { p_client_id: other.clientId }),
  );

  assertEquals(refused, { outcome: "unknown_client", config: null });
});

Deno.test("an approval keeps no client longer than a registration, and a login keeps it for ever", async () => {
  const tenant = await makeTenant(database);
  const readExpiry = async (): Promise<unknown[]> => {
    const [client] = await owner`
      select first_used_at is not null as used, expires_at is null as stays,
        expires_at > now() + interval '25 hours' as expires_late
      from public.mcp_client_registrations where id = ${tenant.registrationId}`;
    return [client?.used, client?.stays, client?.expires_late];
  };

  const before = await readExpiry();
  await call(service, "open_authorization_session", buildApproval(tenant));
  const approved = await readExpiry();
  await issueCode(service, tenant);
  const used = await readExpiry();
  await call(service, "open_authorization_session", buildApproval(tenant));
  const usedAgain = await readExpiry();

  assertEquals([before, approved, used, usedAgain], [
    [false, false, false],
    [false, false, false],
    [true, true, null],
    [true, true, null],
  ]);
});

Deno.test("a client of a metadata document is stored at its first approval and follows the document", async () => {
  const tenant = await makeTenant(database);
  const p_client_id = `https://${newName("client")}.example.com/metadata.json`;
  const approve = (client_name: string): Promise<unknown> =>
    call(
      service,
      "open_authorization_session",
      buildApproval(tenant, {
        p_client_id,
        p_metadata_document: { client_name, redirect_uris: ["https://client.example.com/callback"] },
      }),
    );

  await approve("First name");
  await approve("Second name");

  const clients = await owner`
    select kind, client_name, redirect_uris, token_endpoint_auth_method from public.mcp_client_registrations
    where mcp_server_id = ${tenant.serverId} and client_id = ${p_client_id}`;
  assertEquals(clients.map((client) => ({ ...client })), [{
    kind: "metadata_document",
    client_name: "Second name",
    redirect_uris: ["https://client.example.com/callback"],
    token_endpoint_auth_method: "none",
  }]);
});

Deno.test("a metadata document never takes the place of a dynamic registration", async () => {
  const tenant = await makeTenant(database);

  const refused = await call(
    service,
    "open_authorization_session",
    buildApproval(tenant, {
      p_metadata_document: { client_name: "Impostor", redirect_uris: ["https://evil.example.com"] },
    }),
  );

  assertEquals(refused.outcome, "unknown_client");
  const [client] = await owner`
    select client_name, redirect_uris from public.mcp_client_registrations where id = ${tenant.registrationId}`;
  assertEquals({ ...client }, {
    client_name: "Test client",
    redirect_uris: ["https://client.example.com/callback"],
  });
});

Deno.test("an approval under way locks no other login of its server, and no client", async () => {
  const tenant = await makeTenant(database);
  await call(service, "open_authorization_session", buildApproval(tenant));
  const client = await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    client_id: "other-client",
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://client.example.com/callback"],
    grant_types: ["authorization_code"],
  });

  const free = await service.begin(async (transaction) => {
    await call(
      transaction as unknown as Sql,
      "open_authorization_session",
      buildApproval(tenant, {
        p_client_id: "https://client.example.com/metadata.json",
        p_metadata_document: { client_name: "Client", redirect_uris: ["https://client.example.com"] },
      }),
    );
    return await owner`
      select (select count(*) from (
          select from public.mcp_authorization_sessions where mcp_server_id = ${tenant.serverId} for update skip locked
        ) as session)::integer as sessions,
        (select count(*) from (
          select from public.mcp_client_registrations where id = ${client} for update skip locked
        ) as client)::integer as clients`;
  });

  assertEquals({ ...free[0] }, { sessions: 1, clients: 1 });
});
