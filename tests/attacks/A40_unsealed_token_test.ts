/**
 * Another service hands the provisioning call what is no sealed token, or another provider's issuer.
 */

import { assertEquals } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { buildSealedToken, newVaultId } from "../support/database/rows.ts";
import { setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();
const service = createClient(stack.status.API_URL, stack.status.SECRET_KEY);
await using scene = await setScene(stack);
const { tenant } = scene;
const sealed = (header: Record<string, unknown> = {}): string => buildSealedToken(tenant, header);

async function provision(
  changes: Record<string, unknown>,
): Promise<{ outcome?: string; refusal?: string[] }> {
  const { data, error } = await service.rpc("provision_mcp_server_user", {
    p_oauth_config_id: tenant.configId,
    p_upstream_issuer: null,
    p_upstream_sub: "somebody",
    p_email: null,
    p_email_verified: false,
    p_profile: null,
    p_tracking_id: null,
    p_access_token: sealed(),
    p_refresh_token: null,
    p_scope: null,
    p_expires_at: null,
    ...changes,
  });
  return error ? { refusal: [error.code, error.message.split(" ")[0]!] } : { outcome: data.outcome };
}

const [header = "", , vector = "", text = "", tag = ""] = sealed().split(".");
const UNSEALED: Record<string, string> = {
  "in the clear": "ya29.a0AfH6SMBx",
  "a JWT": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
  "empty": "",
  "of 1 MB": `${header}..${vector}.${"a".repeat(1_000_000)}.${tag}`,
  "of four parts": [header, "", vector, text].join("."),
  "of six parts": [header, "", vector, text, tag, tag].join("."),
  "with an encrypted key": [header, "a", vector, text, tag].join("."),
  "with a short vector": [header, "", "a", text, tag].join("."),
  "with a short tag": [header, "", vector, text, "a"].join("."),
  "with no header": ["e30", "", vector, text, tag].join("."),
  "with a header that is no JSON": ["eyJ", "", vector, text, tag].join("."),
  "of another algorithm": sealed({ alg: "RSA-OAEP" }),
  "of another encryption": sealed({ enc: "A128GCM" }),
  "without a key id": sealed({ kid: undefined }),
  "of another kind": sealed({ typ: "config-secret" }),
  "of another organization": sealed({ org: "org_somebody_else" }),
  "of no organization": sealed({ org: null }),
  "without a row": sealed({ row: undefined }),
  "of a row that is no vault entry": sealed({ row: "coac_abcdefghijkl" }),
  "with a member that is not ours": sealed({ zip: "DEF" }),
};
for (const [what, token] of Object.entries(UNSEALED)) {
  Deno.test(`A40: a token ${what} is refused by name, and nothing is written`, async () => {
    const refused = [
      await provision({ p_access_token: token }),
      await provision({ p_refresh_token: token }),
    ];

    assertEquals(refused, [{ refusal: ["22023", "p_access_token"] }, {
      refusal: ["22023", "p_refresh_token"],
    }]);
    assertEquals(await countRows(stack, "mcp_server_user", tenant.organizationId), 0);
  });
}

const ARGUMENTS: [what: string, argument: string, changes: Record<string, unknown>][] = [
  ["a refresh token of another row", "p_refresh_token", {
    p_access_token: sealed({ row: newVaultId() }),
    p_refresh_token: sealed({ row: newVaultId() }),
  }],
  ["a refresh token alone", "p_refresh_token", { p_access_token: null, p_refresh_token: sealed() }],
  ["another provider's issuer", "p_upstream_issuer", { p_upstream_issuer: "https://accounts.google.com" }],
  ["a generation to come", "p_client_generation", { p_client_generation: 2 }],
  ["no generation at all", "p_client_generation", { p_client_generation: 0 }],
  ["a long subject", "p_upstream_sub", { p_upstream_sub: "s".repeat(256) }],
  ["a long address", "p_email", { p_email: "e".repeat(321) }],
  ["a long tracking id", "p_tracking_id", { p_tracking_id: "t".repeat(256) }],
  ["a profile that is a list", "p_profile", { p_profile: [] }],
  ["a profile of 100 kB", "p_profile", { p_profile: { name: "n".repeat(100_000) } }],
  ["a scope of 100 kB", "p_scope", { p_scope: "s".repeat(100_000) }],
  ["an expiry that never comes", "p_expires_at", { p_expires_at: "infinity" }],
];
for (const [what, argument, changes] of ARGUMENTS) {
  Deno.test(`A40: ${what} is refused by name`, async () => {
    assertEquals(await provision(changes), { refusal: ["22023", argument] });
  });
}

const COMMON = "https://login.example.com/common/v2.0";
const TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";
const ISSUERS: [issuer: string, given: string, tenants: string[], isAccepted: boolean][] = [
  ["https://login.example.com", "https://login.example.com", [], true],
  ["https://login.example.com", "https://login.example.com/", [], false],
  ["https://login.example.com/v2.0", "https://evil.example.com/v2.0", [], false],
  [COMMON, `https://login.example.com/${TENANT}/v2.0`, [], true],
  [COMMON, `https://login.example.com/${TENANT}/v2.0`, [TENANT.toUpperCase()], true],
  [COMMON, `https://login.example.com/${TENANT}/v2.0`, ["contoso.example.com"], false],
  [COMMON, "https://login.example.com/{tenantid}/v2.0", [], false],
  [COMMON, "https://login.example.com/organizations/v2.0", [], false],
  [COMMON, `https://login.example.com/${TENANT}/v1.0`, [], false],
  [COMMON, `https://login.example.com/${TENANT}/x/v2.0`, [], false],
  [COMMON, `https://evil.example.com/${TENANT}/v2.0`, [], false],
  [COMMON, `https://login.example.com/../v2.0`, [], false],
  [`https://login.example.com/${TENANT}/v2.0`, "https://login.example.com/1234/v2.0", [], false],
];
for (const [issuer, given, tenants, isAccepted] of ISSUERS) {
  Deno.test(`A40: ${given} is ${isAccepted ? "the" : "no"} issuer of ${issuer}${tenants.length > 0 ? ` for ${tenants}` : ""}`, async () => {
    await using at = await setScene(stack, { config: { issuer, allowed_tenants: tenants } });

    const answer = await provision({
      p_oauth_config_id: at.tenant.configId,
      p_upstream_issuer: given,
      p_access_token: buildSealedToken(at.tenant),
    });

    assertEquals(answer, isAccepted ? { outcome: "created" } : { refusal: ["22023", "p_upstream_issuer"] });
  });
}
