import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { buildCompletion, claimSession, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("begin_authorization answers ready with server, client and provider", async () => {
  const tenant = await makeTenant(database);

  const begun = await call(service, "begin_authorization", {
    p_slug: tenant.slug,
    p_client_id: tenant.clientId,
  });

  assertEquals(begun.outcome, "ready");
  assertEquals((begun.server as { id: string }).id, tenant.serverId);
  assertEquals(begun.client, {
    id: tenant.registrationId,
    client_id: tenant.clientId,
    kind: "dynamic",
    client_name: "Test client",
    redirect_uris: ["https://client.example.com/callback"],
    token_endpoint_auth_method: "none",
    approved: false,
  });
  assertEquals(begun.provider_name, "Test provider");
});

Deno.test("begin_authorization calls a client approved once a login with it has come to its end", async () => {
  const tenant = await makeTenant(database);
  const args = { p_slug: tenant.slug, p_client_id: tenant.clientId };
  const isApproved = async (): Promise<unknown> =>
    ((await call(service, "begin_authorization", args)).client as { approved: boolean }).approved;

  const { sessionId } = await claimSession(service, tenant);
  const before = await isApproved();
  await call(service, "complete_authorization", buildCompletion(tenant, sessionId));

  assertEquals([before, await isApproved()], [false, true]);
});

Deno.test("begin_authorization answers unknown_client with the server, whose policy decides", async () => {
  const tenant = await makeTenant(database);
  const other = await makeTenant(database);

  const begun = await call(service, "begin_authorization", {
    p_slug: tenant.slug,
    p_client_id: other.clientId,
  });

  assertEquals(
    [begun.outcome, (begun.server as { id: string }).id, begun.client, begun.provider_name],
    ["unknown_client", tenant.serverId, null, "Test provider"],
  );
});

Deno.test("begin_authorization answers no_sign_in for a server without a living config", async () => {
  const open = await makeTenant(database, { server: { auth_type: "none", custom_oauth_config_id: null } });
  const disabled = await makeTenant(database, { config: { disabled_at: new Date() } });

  for (const { slug, clientId } of [open, disabled]) {
    const begun = await call(service, "begin_authorization", { p_slug: slug, p_client_id: clientId });
    assertEquals([begun.outcome, begun.client], ["no_sign_in", null]);
  }
});

Deno.test("begin_authorization answers unknown_server, and writes nothing", async () => {
  const tenant = await makeTenant(database, { server: { disabled_at: new Date() } });

  const begun = await call(service, "begin_authorization", {
    p_slug: tenant.slug,
    p_client_id: tenant.clientId,
  });

  assertEquals(begun, {
    outcome: "unknown_server",
    server: null,
    client: null,
    provider_name: null,
    account_prompt: null,
  });
  const [volatility] = await owner`
    select provolatile from pg_catalog.pg_proc where proname = 'begin_authorization'`;
  assertEquals(volatility?.provolatile, "s");
});
