import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("reseal_oauth_config replaces the secret that was opened, and the generation stays", async () => {
  const tenant = await makeTenant(database);
  const args = {
    p_oauth_config_id: tenant.configId,
    p_known_ciphertext: "sealed-client-secret",
    p_new_ciphertext: "new",
  };

  const resealed = await call(service, "reseal_oauth_config", args);
  const late = await call(service, "reseal_oauth_config", args);

  assertEquals([resealed.outcome, late.outcome], ["resealed", "changed"]);
  const [config] = await owner`
    select client_secret_ciphertext, client_generation from public.custom_oauth_configs where id = ${tenant.configId}`;
  assertEquals({ ...config }, { client_secret_ciphertext: "new", client_generation: 1 });
});
