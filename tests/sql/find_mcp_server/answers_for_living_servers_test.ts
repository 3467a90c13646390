import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

Deno.test("find_mcp_server answers with every setting of the server, and no secret", async () => {
  const secret = "x".repeat(43);
  const tenant = await makeTenant(database, {
    server: { registration_policy: "token", initial_access_token_hash: secret },
  });
  const [saving] = await database.owner<{ names: string[] }[]>`
    select proargnames as names from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace and proname = 'save_mcp_server'`;

  const { outcome, server } = await call(database.service, "find_mcp_server", { p_slug: tenant.slug });

  const told = server as Record<string, unknown>;
  const settings = saving!.names.map((name) => name.replace("p_", ""));
  const untold = ["disabled", "custom_oauth_config_id", "initial_access_token_hash"];
  assertEquals(
    Object.keys(told).sort(),
    [...settings.filter((setting) => !untold.includes(setting)), "organization_logo", "organization_name"]
      .sort(),
  );
  assertEquals(
    [outcome, told.id, told.organization_id, told.slug, told.registration_policy, told.scope_rules],
    ["found", tenant.serverId, tenant.organizationId, tenant.slug, "token", []],
  );
  assertEquals(JSON.stringify(told).includes(secret), false);
});

Deno.test("find_mcp_server knows no server that is disabled, and none that never was", async () => {
  const tenant = await makeTenant(database, { server: { disabled_at: new Date() } });

  for (const slug of [tenant.slug, "nobody-has-this"]) {
    assertEquals(await call(database.service, "find_mcp_server", { p_slug: slug }), {
      outcome: "unknown_server",
      server: null,
    });
  }
});
