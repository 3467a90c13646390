/**
 * What owners and admins save has a size, and a refusal says which setting is too large.
 *
 * Microsoft publishes some 300 delegated permissions of one API, with names such as
 * DeviceManagementConfiguration.ReadWrite.All behind https://graph.microsoft.com/
 * (https://learn.microsoft.com/en-us/graph/permissions-reference); Google writes every
 * scope as a URL (https://developers.google.com/identity/protocols/oauth2/scopes).
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

const LONG = "x".repeat(300_000);
const MANY = Array.from({ length: 30_000 }, (_, index) => `scope-${index}`);

/** Saves a server and its config, each changed; answers which argument was refused, or the outcome. */
async function save(name: "save_mcp_server" | "save_oauth_config", changes: Row): Promise<unknown> {
  const tenant = await makeTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");
  const p_id = name === "save_mcp_server" ? tenant.serverId : tenant.configId;
  const answer = await call(sql, name, { p_id, ...changes });
  await sql.end();
  return answer.argument ?? answer.outcome;
}

const settings: ["save_mcp_server" | "save_oauth_config", string, unknown, Row?][] = [
  ["save_oauth_config", "p_name", LONG],
  ["save_oauth_config", "p_issuer", `https://login.example.com/${LONG}`, {
    p_token_endpoint_auth_method: "none",
  }],
  ["save_oauth_config", "p_jwks_uri", `https://login.example.com/${LONG}`],
  ["save_oauth_config", "p_client_id", LONG],
  ["save_oauth_config", "p_client_secret_ciphertext", `eyJ${LONG}`],
  ["save_oauth_config", "p_scopes", MANY],
  ["save_oauth_config", "p_scopes", [LONG]],
  ["save_oauth_config", "p_authorization_parameters", { audience: LONG }],
  ["save_oauth_config", "p_authorization_parameters", Object.fromEntries(MANY.map((key) => [key, "x"]))],
  ["save_oauth_config", "p_subject_claim", LONG],
  ["save_oauth_config", "p_allowed_tenants", MANY],
  ["save_oauth_config", "p_allowed_tenants", [LONG]],
  ["save_mcp_server", "p_slug", LONG],
  ["save_mcp_server", "p_name", LONG],
  ["save_mcp_server", "p_upstream_url", `https://mcp.example.com/${LONG}`],
  ["save_mcp_server", "p_scopes_supported", MANY],
  ["save_mcp_server", "p_scopes_supported", [LONG]],
  ["save_mcp_server", "p_required_scopes", MANY.map(() => "openid")],
  ["save_mcp_server", "p_registration_redirect_hosts", MANY],
  ["save_mcp_server", "p_initial_access_token_hash", LONG, { p_registration_policy: "token" }],
  ["save_mcp_server", "p_metadata_document_hosts", MANY],
  ["save_mcp_server", "p_metadata_document_hosts", [LONG]],
  ["save_mcp_server", "p_scope_hierarchy", { [LONG]: ["openid"] }],
];
for (const [name, argument, value, others] of settings) {
  Deno.test(`${name} refuses ${argument} of ${JSON.stringify(value).length} characters`, async () => {
    const refused = await save(name, { ...others, [argument]: value });

    // The length of scope_hierarchy is limited together with that of the rules.
    assertEquals(refused, argument.replace("p_scope_hierarchy", "p_scope_rules"));
  });
}

Deno.test("all delegated permissions of a large API, as URLs, are few enough", async () => {
  const scopes = Array.from(
    { length: 400 },
    (_, index) =>
      `https://graph.microsoft.com/DeviceManagementManagedDevices.PrivilegedOperations${index}.All`,
  );
  const tenants = Array.from({ length: 1000 }, () => crypto.randomUUID());

  const saved = [
    await save("save_oauth_config", { p_scopes: scopes, p_allowed_tenants: tenants }),
    await save("save_mcp_server", {
      p_scopes_supported: scopes,
      p_required_scopes: scopes,
      p_registration_policy: "token",
      p_initial_access_token_hash: newHash(),
    }),
  ];

  assertEquals(saved, ["saved", "saved"]);
});
