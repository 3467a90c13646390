import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makeConfig, makeOrganization } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("read_client_secret answers the ciphertext, nothing where there is none, and unknown_config", async () => {
  const organizationId = await makeOrganization(owner);
  const confidential = await makeConfig(owner, organizationId);
  const open = await makeConfig(owner, organizationId, {
    token_endpoint_auth_method: "none",
    client_secret_ciphertext: null,
  });

  const readings = [];
  for (const p_oauth_config_id of [confidential, open, "coac_nobody"]) {
    readings.push(await call(service, "read_client_secret", { p_oauth_config_id }));
  }

  assertEquals(readings, [
    { outcome: "found", client_secret_ciphertext: "sealed-client-secret" },
    { outcome: "found", client_secret_ciphertext: null },
    { outcome: "unknown_config", client_secret_ciphertext: null },
  ]);
});
