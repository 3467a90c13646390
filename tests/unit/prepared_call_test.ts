import { assertEquals } from "@std/assert";
import { buildPrepareCall } from "../../functions/mcp/calls.ts";
import type { VaultEntry } from "../../functions/mcp/vault/entry.ts";
import type { VerifiedAccessToken } from "../../functions/_shared/tokens/signing.ts";
import { buildServer } from "../support/database/records.ts";
import { buildDependencies, NOW } from "../support/functions/dependencies.ts";

const OPENING = {
  outcome: "open",
  organization_id: "org_1",
  mcp_server_user_id: "mcpu_1",
  client_id: "client-1",
  email: null,
  email_verified: false,
  upstream_token_id: "uoat_1",
  access_token_ciphertext: "ciphertext",
  upstream_expires_at: null,
  upstream_refreshed_at: null,
};
const SMALL: VaultEntry = {
  organizationId: "org_test",
  id: "uoat_1",
  familyId: "family-1",
  ciphertext: "ciphertext",
  accessToken: "small",
  expiresAt: Infinity,
  renewAt: NOW,
};
const LARGE = { ...SMALL, accessToken: "t".repeat(32 * 1024), ciphertext: "c".repeat(44 * 1024) };
const TOKEN = { familyId: "family-1" } as VerifiedAccessToken;

for (
  const [when, isAhead] of [["ahead of its expiry", true], [
    "because the MCP server refused it",
    false,
  ]] as const
) {
  Deno.test(`a token that is refreshed ${when} is counted with its new size: a worker keeps 8 MB of them`, async () => {
    const dependencies = buildDependencies({ open_mcp_call: OPENING });
    const vault = {
      open: () => Promise.resolve(SMALL),
      keepAlive: () => Promise.resolve(isAhead ? LARGE : SMALL),
    };
    const prepare = buildPrepareCall(vault, dependencies);
    for (let session = 0; session < 300; session++) {
      const call = await prepare(buildServer(), TOKEN, `session-${session}`);
      if (!isAhead) {
        call.renew(LARGE);
      }
    }
    const before = dependencies.database.calls.length;

    await prepare(buildServer(), TOKEN, "session-299");
    const kept = dependencies.database.calls.length - before;
    await prepare(buildServer(), TOKEN, "session-0");
    const dropped = dependencies.database.calls.length - before;

    assertEquals([before, kept, dropped], [300, 0, 1]);
  });
}
