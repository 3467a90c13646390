import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { logInAtOwnPage, openOwnPage, PAGE } from "../../support/database/own_page.ts";
import { makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("the client is made once for a server, is public, never expires, and counts as used", async () => {
  const tenant = await makeTenant(database);

  const page = await openOwnPage(database, tenant);
  await openOwnPage(database, tenant);

  const rows = await owner`
    select client_id, kind, token_endpoint_auth_method, client_secret_hash, redirect_uris, expires_at,
      first_used_at is not null as is_used
    from public.mcp_client_registrations where mcp_server_id = ${tenant.serverId} and kind = 'gatepost'`;
  assertEquals(rows.map((row) => ({ ...row })), [{
    client_id: page.clientId,
    kind: "gatepost",
    token_endpoint_auth_method: "none",
    client_secret_hash: null,
    redirect_uris: [PAGE],
    expires_at: null,
    is_used: true,
  }]);
});

Deno.test("the client follows the page to another address", async () => {
  const tenant = await makeTenant(database);
  await openOwnPage(database, tenant);
  const moved = "https://login.example.com/oauth-connections/demo/callback";

  await call(service, "open_connections_client", { p_slug: tenant.slug, p_redirect_uri: moved });

  const [row] = await owner`
    select redirect_uris from public.mcp_client_registrations
    where mcp_server_id = ${tenant.serverId} and kind = 'gatepost'`;
  assertEquals(row?.redirect_uris, [moved]);
});

Deno.test("a server that there is not, and one without a sign-in, have none", async () => {
  const tenant = await makeTenant(database);
  const open = await makeTenant(database, {
    server: { auth_type: "none", custom_oauth_config_id: null },
    client: {},
  });
  await owner`update public.mcp_servers set disabled_at = now() where id = ${tenant.serverId}`;

  const outcomes = [];
  for (const slug of [tenant.slug, "nobody-has-this", open.slug]) {
    const opened = await call(service, "open_connections_client", { p_slug: slug, p_redirect_uri: PAGE });
    outcomes.push(opened.outcome);
  }

  assertEquals(outcomes, ["unknown_server", "unknown_server", "no_sign_in"]);
});

Deno.test("a login at the page ends its vault entry at once, and lasts a quarter of an hour", async () => {
  const tenant = await makeTenant(database);

  const login = await logInAtOwnPage(database, tenant);

  const [row] = await owner`
    select upstream.ended_reason, round(extract(epoch from family.expires_at - family.created_at))::integer as seconds
    from public.mcp_proxy_tokens as family
    join public.upstream_oauth_tokens as upstream on upstream.id = family.upstream_token_id
    where family.id = ${login.familyId}`;
  assertEquals({ ...row }, { ended_reason: "not_needed", seconds: 900 });
});

Deno.test("a refresh does not make it any longer", async () => {
  const tenant = await makeTenant(database);
  const login = await logInAtOwnPage(database, tenant);
  const readEnd = async (): Promise<unknown> => {
    const [row] = await owner`
      select expires_at from public.mcp_proxy_tokens where id = ${login.familyId}`;
    return row?.expires_at;
  };
  const end = await readEnd();

  const rotated = await call(service, "rotate_refresh_token", {
    ...login.rotation,
    p_client_id: "gatepost-connections",
  });

  assertEquals([rotated.outcome, await readEnd()], ["rotated", end]);
});

Deno.test("its tokens are inactive for whoever introspects", async () => {
  const tenant = await makeTenant(database);
  const login = await logInAtOwnPage(database, tenant);
  const secret = newHash();
  const [resourceServer] = await owner`
    insert into public.mcp_resource_servers (organization_id, mcp_server_id, name, secret_hash)
    values (${tenant.organizationId}, ${tenant.serverId}, 'Weather', ${secret}) returning id`;

  const introspection = await call(service, "introspect_token", {
    p_slug: tenant.slug,
    p_resource_server_id: resourceServer?.id,
    p_secret_hash: secret,
    p_family_id: login.familyId,
    p_handle_hash: null,
    p_refresh_hash: null,
  });

  assertEquals(introspection.outcome, "inactive");
});

Deno.test("its login opens no call of an MCP server", async () => {
  const tenant = await makeTenant(database);
  const login = await logInAtOwnPage(database, tenant);

  const opening = await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: login.familyId,
    p_session_hash: null,
  });

  assertEquals(opening.outcome, "upstream_ended");
});
