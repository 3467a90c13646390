import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service } = database;
Deno.test.afterAll(() => database.close());

Deno.test("only the holder gives a lease back, and once", async () => {
  const { upstreamTokenId: p_upstream_token_id } = await issueFamily(database, await makeTenant(database), {
    completion: { p_access_token: "known" },
  });
  const p_lease_hash = newHash();
  await call(service, "lease_upstream_refresh", {
    p_upstream_token_id,
    p_lease_hash,
    p_known_access_token: "known",
  });

  const outcomes = [];
  for (const hash of [newHash(), p_lease_hash, p_lease_hash]) {
    const released = await call(service, "release_upstream_refresh", {
      p_upstream_token_id,
      p_lease_hash: hash,
    });
    outcomes.push(released.outcome);
  }

  assertEquals(outcomes, ["lease_lost", "released", "lease_lost"]);
});
