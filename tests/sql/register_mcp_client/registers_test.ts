import { assertEquals, assertMatch } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makeTenant, newHash, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

function buildRegistration(tenant: Tenant, changes: Row = {}): Row {
  return {
    p_slug: tenant.slug,
    p_initial_access_token_hash: null,
    p_client_secret_hash: null,
    p_token_endpoint_auth_method: "none",
    p_client_name: "Cursor",
    p_redirect_uris: ["cursor://anysphere.cursor-mcp/oauth/callback"],
    p_grant_types: ["authorization_code", "refresh_token"],
    p_client_metadata: { software_id: "cursor" },
    ...changes,
  };
}

Deno.test("register_mcp_client stores a client under an id of its own, to expire in a day", async () => {
  const tenant = await makeTenant(database);

  const registered = await call(service, "register_mcp_client", buildRegistration(tenant));

  assertEquals(registered.outcome, "registered");
  assertMatch(String(registered.client_id), /^mcr_[A-Za-z0-9_-]{12}$/);
  const [client] = await owner`
    select kind, client_name, redirect_uris, client_metadata, first_used_at,
      expires_at - created_at = interval '1 day' as expires_in_a_day
    from public.mcp_client_registrations where client_id = ${String(registered.client_id)}`;
  assertEquals({ ...client }, {
    kind: "dynamic",
    client_name: "Cursor",
    redirect_uris: ["cursor://anysphere.cursor-mcp/oauth/callback"],
    client_metadata: { software_id: "cursor" },
    first_used_at: null,
    expires_in_a_day: true,
  });
  const [event] = await owner`
    select mcp_server_id, client_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'client_registered'`;
  assertEquals({ ...event }, { mcp_server_id: tenant.serverId, client_id: registered.client_id });
});

for (
  const [outcome, server] of [["unknown_server", { disabled_at: new Date() }], ["unknown_server", {
    auth_type: "none",
    custom_oauth_config_id: null,
  }], ["closed", { registration_policy: "closed" }]] as const
) {
  Deno.test(`register_mcp_client answers ${outcome} for ${Object.keys(server)[0]} and stores nothing`, async () => {
    const tenant = await makeTenant(database, { server });

    const refused = await call(service, "register_mcp_client", buildRegistration(tenant));

    assertEquals(refused, { outcome, client_id: null, created_at: null });
    const [count] = await owner`
      select count(*)::integer as clients from public.mcp_client_registrations where mcp_server_id = ${tenant.serverId}`;
    assertEquals(count?.clients, 1);
  });
}

Deno.test("register_mcp_client wants the server's own token where its policy is token", async () => {
  const [right, wrong] = [newHash(), newHash()];
  const tenant = await makeTenant(database, {
    server: { registration_policy: "token", initial_access_token_hash: right },
  });

  const outcomes = [];
  for (const p_initial_access_token_hash of [null, wrong, right]) {
    outcomes.push(
      (await call(service, "register_mcp_client", buildRegistration(tenant, { p_initial_access_token_hash })))
        .outcome,
    );
  }

  assertEquals(outcomes, ["token_required", "token_required", "registered"]);
});

const hosts = ["app.example.com", "localhost", "cursor:"];
const foreign = "https://evil.example/callback";
for (
  const [name, uris, outcome] of [
    ["a host on the list", ["https://app.example.com/callback"], "registered"],
    ["a host on the list with a port", ["https://app.example.com:8443/callback"], "registered"],
    ["a host on the list without a path", ["https://app.example.com?x=1"], "registered"],
    ["a loopback name", ["http://localhost:8787/callback"], "registered"],
    ["a loopback address", ["http://127.0.0.1/", "http://[::1]:33418/"], "registered"],
    ["an app's scheme on the list", ["cursor://anysphere.cursor-mcp/oauth/callback"], "registered"],
    ["another host", [foreign], "redirect_host_refused"],
    [
      "a host on the list and another",
      ["https://app.example.com/callback", foreign],
      "redirect_host_refused",
    ],
    ["a host below one on the list", ["https://x.app.example.com/"], "redirect_host_refused"],
    [
      "a host that begins like one on the list",
      ["https://app.example.com.evil.example/"],
      "redirect_host_refused",
    ],
    ["a host on the list as user info", ["https://app.example.com@evil.example/"], "redirect_host_refused"],
    ["a host on the list as user name", ["https://app.example.com:x@evil.example/"], "redirect_host_refused"],
    ["a host on the list in the path", ["https://evil.example/app.example.com"], "redirect_host_refused"],
    [
      "a host on the list behind a backslash",
      ["https://evil.example\\@app.example.com/"],
      "redirect_host_refused",
    ],
    ["plain http to a host on the list", ["http://app.example.com/callback"], "redirect_host_refused"],
    [
      "an https host named localhost on no port",
      ["https://localhost.evil.example/"],
      "redirect_host_refused",
    ],
    ["another app's scheme", ["vscode://callback"], "redirect_host_refused"],
    ["a scheme that begins like one on the list", ["cursory://callback"], "redirect_host_refused"],
    ["no scheme at all", ["app.example.com"], "redirect_host_refused"],
  ] as const
) {
  Deno.test(`register_mcp_client answers ${outcome} under redirect_hosts to ${name}`, async () => {
    const tenant = await makeTenant(database, {
      server: { registration_policy: "redirect_hosts", registration_redirect_hosts: hosts },
    });

    const answer = await call(
      service,
      "register_mcp_client",
      buildRegistration(tenant, { p_redirect_uris: uris }),
    );

    assertEquals(answer.outcome, outcome);
  });
}

Deno.test("register_mcp_client takes no client under redirect_hosts while the list is empty", async () => {
  const tenant = await makeTenant(database, { server: { registration_policy: "redirect_hosts" } });

  const answer = await call(service, "register_mcp_client", buildRegistration(tenant));

  assertEquals(answer.outcome, "redirect_host_refused");
});

for (const registration_policy of ["open", "token", "closed"]) {
  Deno.test(`register_mcp_client does not ask the list under ${registration_policy}`, async () => {
    const tenant = await makeTenant(database, {
      server: {
        registration_policy,
        registration_redirect_hosts: hosts,
        initial_access_token_hash: registration_policy === "token" ? newHash() : null,
      },
    });

    const { outcome } = await call(service, "register_mcp_client", buildRegistration(tenant));

    assertEquals(
      outcome,
      { open: "registered", token: "token_required", closed: "closed" }[registration_policy],
    );
  });
}
