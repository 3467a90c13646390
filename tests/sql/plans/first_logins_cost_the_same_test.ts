/**
 * A first login reads about the same, whether its organization knows nobody or as many as it may, and less where
 * there is no room.
 */

import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { filled, fillUsers, prepareFilling, settle } from "../../support/database/fill.ts";
import { buildLogin, makeTenant, type Tenant } from "../../support/database/rows.ts";

const PEOPLE = 20_000;
const ROUNDS = 20;
const database = await openDatabase();
const { owner, service } = database;
Deno.test.afterAll(() => database.close());

const admin = postgres(database.adminUrl, { max: 1, onnotice: () => undefined });
await prepareFilling(admin);
await fillUsers(admin, 1, PEOPLE);
await admin`update public.organization_people set identities = ${PEOPLE}, arrived = ${PEOPLE}`;
await settle(admin);
await admin.end();

/** The pages that a first login reads, on the average of some. */
async function countPages(tenant: Pick<Tenant, "organizationId" | "configId">): Promise<number> {
  let pages = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const args: Row = buildLogin(tenant);
    const names = Object.keys(args).map((key, index) => `${key} => $${index + 1}`).join(", ");
    const [row] = await owner.unsafe(
      `explain (analyze, buffers, format json) select public.provision_mcp_server_user(${names})`,
      Object.values(args) as never[],
    );
    pages += Number(
      (row?.["QUERY PLAN"] as { Plan: Record<string, number> }[])[0]!.Plan["Shared Hit Blocks"],
    );
  }
  return pages / ROUNDS;
}

Deno.test(`a first login reads at most twice as many pages at ${PEOPLE} people, and where nobody has room fewer`, async () => {
  const [empty, full] = [await makeTenant(database), filled];
  await countPages(empty);
  await countPages(full);

  const [few, many] = [await countPages(empty), await countPages(full)];
  await call(service, "save_deployment_settings", { p_people_per_organization: PEOPLE });
  const { outcome } = await call(service, "provision_mcp_server_user", buildLogin(full));
  const refused = await countPages(full);

  assert(many <= 2 * few, `${many} pages at a full organization, ${few} at an empty one`);
  assertEquals([outcome, refused < many], ["people_quota_reached", true]);
});
