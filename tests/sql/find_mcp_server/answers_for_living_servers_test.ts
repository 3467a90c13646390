import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

Deno.test("find_mcp_server answers with what the functions need, and no secret", async () => {
  const tenant = await makeTenant(database, {
    server: { registration_policy: "token", initial_access_token_hash: "x".repeat(43) },
  });

  const found = await call(database.service, "find_mcp_server", { p_slug: tenant.slug });

  assertEquals(found, {
    outcome: "found",
    server: {
      id: tenant.serverId,
      organization_id: tenant.organizationId,
      slug: tenant.slug,
      name: "Test server",
      auth_type: "custom_oauth",
      upstream_url: "https://mcp.example.com/mcp",
      upstream_authorization: "upstream_token",
      resource: null,
      scopes_supported: ["openid", "email", "profile", "offline_access"],
      required_scopes: [],
      scope_rules: [],
      scope_hierarchy: {},
      access_token_seconds: 900,
      refresh_token_seconds: 2592000,
      registration_policy: "token",
      registration_redirect_hosts: [],
      metadata_document_policy: "allow_list",
      metadata_document_hosts: ["claude.ai", "chatgpt.com"],
    },
  });
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
