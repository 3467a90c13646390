import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("find_mcp_client says where a client's keys are, and nothing else of it", async () => {
  const keys = {
    jwks_uri: "https://client.example.com/jwks",
    token_endpoint_auth_signing_alg: "RS256",
    token_endpoint_auth_signing_alg_values_supported: ["RS256", "ES256"],
  };
  const tenant = await makeTenant(database, {
    client: {
      client_metadata: { client_name: "Client", logo_uri: "https://client.example.com/logo", ...keys },
    },
  });

  const found = await call(service, "find_mcp_client", { p_slug: tenant.slug, p_client_id: tenant.clientId });

  assertEquals(found, { outcome: "found", client_id: tenant.clientId, kind: "dynamic", keys });
});

Deno.test("find_mcp_client names no key and no secret of a client that has a secret", async () => {
  const tenant = await makeTenant(database, {
    client: { token_endpoint_auth_method: "client_secret_post", client_secret_hash: newHash() },
  });

  const found = await call(service, "find_mcp_client", { p_slug: tenant.slug, p_client_id: tenant.clientId });

  assertEquals(found, { outcome: "found", client_id: tenant.clientId, kind: "dynamic", keys: {} });
});

Deno.test("find_mcp_client knows the clients of its own server only, and writes nothing", async () => {
  const [tenant, other] = [await makeTenant(database), await makeTenant(database)];
  const disabled = await makeTenant(database, { server: { disabled_at: new Date() } });
  const nothing = { client_id: null, kind: null, keys: null };

  assertEquals(
    await call(service, "find_mcp_client", { p_slug: tenant.slug, p_client_id: other.clientId }),
    { outcome: "unknown_client", ...nothing },
  );
  assertEquals(
    await call(service, "find_mcp_client", { p_slug: disabled.slug, p_client_id: disabled.clientId }),
    { outcome: "unknown_server", ...nothing },
  );
  const [volatility] = await owner`
    select provolatile from pg_catalog.pg_proc where proname = 'find_mcp_client'`;
  assertEquals(volatility?.provolatile, "s");
});
