/**
 * A registration and an approval read about the same, whether a server has no row or all that it may have, and
 * whether the planner knows that.
 */

import { assert } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { fillClients, fillSessions } from "../../support/database/bounds.ts";
import { buildApproval, issueCode, makeTenant, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner, service } = database;
Deno.test.afterAll(() => database.close());

const ROUNDS = 20;
/** Full: the eight rows that are looked at, and the one that goes, with what could refer to it. */
const MOST = 2;

/** The pages that a call reads, on the average of some calls. */
async function countPages(name: string, build: () => Row): Promise<number> {
  let pages = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const args = build();
    const names = Object.keys(args).map((key, index) => `${key} => $${index + 1}`).join(", ");
    const [row] = await owner.unsafe(
      `explain (analyze, buffers, format json) select public.${name}(${names})`,
      Object.values(args) as never[],
    );
    pages += Number(
      (row?.["QUERY PLAN"] as { Plan: Record<string, number> }[])[0]!.Plan["Shared Hit Blocks"],
    );
  }
  return pages / ROUNDS;
}

const buildRegistration = (tenant: Tenant): Row => ({
  p_slug: tenant.slug,
  p_initial_access_token_hash: null,
  p_client_secret_hash: null,
  p_token_endpoint_auth_method: "none",
  p_client_name: "Client",
  p_redirect_uris: ["https://flood.example/callback"],
  p_grant_types: ["authorization_code"],
  p_client_metadata: {},
  p_source: "flood",
});

const rpcs = [
  ["register_mcp_client", buildRegistration],
  ["open_authorization_session", (tenant: Tenant) => buildApproval(tenant, { p_source: "flood" })],
] as const;

/** A server with hardly a row, and one that was filled since the planner's statistics were made. */
const [empty, full] = [await makeTenant(database), await makeTenant(database)];
await issueCode(service, empty);
await issueCode(service, full);
await owner.unsafe("analyze");
await fillClients(owner, full, "flood", { age: "1 hour" });
await fillSessions(owner, full, { age: "11 minutes" });

for (const statistics of ["old", "new"]) {
  for (const [name, build] of rpcs) {
    Deno.test(`${name} reads at most ${MOST} times as many pages at a full server, by ${statistics} statistics`, async () => {
      if (statistics === "new") {
        await owner.unsafe("analyze");
      }
      for (let round = 0; round < 10; round++) {
        await call(owner, name, build(empty));
        await call(owner, name, build(full));
      }

      const [few, many] = [
        await countPages(name, () => build(empty)),
        await countPages(name, () => build(full)),
      ];

      assert(many <= few * MOST, `${many} pages at a full server, ${few} at an empty one`);
    });
  }
}
