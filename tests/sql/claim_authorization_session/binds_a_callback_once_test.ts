import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { buildApproval, makeTenant, newHash, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const nothing = {
  session_id: null,
  request_id: null,
  request_ciphertext: null,
  redirect_uri: null,
  client_id: null,
  server: null,
  config: null,
};

async function approve(tenant: Tenant): Promise<Row> {
  const approval = buildApproval(tenant);
  await call(service, "open_authorization_session", approval);
  return { p_state_hash: approval.p_state_hash, p_browser_hash: approval.p_browser_hash };
}

async function readSessionId({ p_state_hash }: Row): Promise<unknown> {
  const [session] = await owner`
    select id from public.mcp_authorization_sessions where state_hash = ${String(p_state_hash)}`;
  return session?.id;
}

Deno.test("claim_authorization_session answers claimed with what the callback needs", async () => {
  const tenant = await makeTenant(database);

  const claim = await call(service, "claim_authorization_session", await approve(tenant));

  assertEquals(
    [claim.outcome, claim.request_ciphertext, claim.redirect_uri, claim.client_id],
    ["claimed", "sealed-request", "https://client.example.com/callback", tenant.clientId],
  );
  assertEquals((claim.server as Row).id, tenant.serverId);
  assertEquals((claim.config as Row).client_secret_ciphertext, "sealed-client-secret");
});

Deno.test("a second claim is answered replayed", async () => {
  const presented = await approve(await makeTenant(database));
  await call(service, "claim_authorization_session", presented);

  const again = await call(service, "claim_authorization_session", presented);

  assertEquals(again, { outcome: "replayed", ...nothing });
});

Deno.test("another browser is answered other_browser and leaves the session to its owner", async () => {
  const presented = await approve(await makeTenant(database));

  const stolen = await call(service, "claim_authorization_session", {
    ...presented,
    p_browser_hash: newHash(),
  });
  const owned = await call(service, "claim_authorization_session", presented);

  assertEquals(stolen, { outcome: "other_browser", ...nothing });
  assertEquals(owned.outcome, "claimed");
});

Deno.test("a state that nobody sent is answered unknown", async () => {
  const claim = await call(service, "claim_authorization_session", {
    p_state_hash: newHash(),
    p_browser_hash: newHash(),
  });

  assertEquals(claim, { outcome: "unknown", ...nothing });
});

Deno.test("a session past its time is answered expired", async () => {
  const presented = await approve(await makeTenant(database));
  await owner`
    update public.mcp_authorization_sessions set expires_at = now() where state_hash = ${
    String(presented.p_state_hash)
  }`;

  const claim = await call(service, "claim_authorization_session", presented);

  assertEquals(claim, { outcome: "expired", ...nothing, session_id: await readSessionId(presented) });
});

for (const table of ["mcp_servers", "custom_oauth_configs"]) {
  Deno.test(`a login is answered no_sign_in when its row of ${table} was disabled meanwhile`, async () => {
    const tenant = await makeTenant(database);
    const presented = await approve(tenant);
    await owner`update public.${owner(table)} set disabled_at = now()
      where id in (${tenant.serverId}, ${tenant.configId})`;

    const claim = await call(service, "claim_authorization_session", presented);

    assertEquals(claim, { outcome: "no_sign_in", ...nothing, session_id: await readSessionId(presented) });
  });
}

Deno.test("a login that began under an earlier client generation is answered config_changed, and is over", async () => {
  const tenant = await makeTenant(database);
  const presented = await approve(tenant);
  await owner`update public.custom_oauth_configs set client_generation = 2 where id = ${tenant.configId}`;

  const claim = await call(service, "claim_authorization_session", presented);
  const again = await call(service, "claim_authorization_session", presented);

  assertEquals(claim, { outcome: "config_changed", ...nothing, session_id: await readSessionId(presented) });
  assertEquals(again.outcome, "replayed");
});
