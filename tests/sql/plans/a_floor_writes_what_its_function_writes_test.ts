/**
 * The benchmark of the database compares like with like.
 *
 * Each side runs in a transaction of its own that is rolled back, and
 * PostgreSQL's counters say how many rows of which table it wrote.
 */

import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { openDatabase, type Row } from "../../support/database/database.ts";
import {
  fillCodes,
  fillCrowd,
  fillExpiredSessions,
  fillUsers,
  prepareFilling,
} from "../../support/database/fill.ts";
import { purge, type Workload, workloads } from "../../bench/database/workloads.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const admin = postgres(database.adminUrl, { max: 1, onnotice: () => undefined });
await prepareFilling(admin);
await fillUsers(admin, 1, 10);
await fillCodes(admin, 1, 10, 10);
await fillExpiredSessions(admin, 1, purge.batch);
await fillCrowd(admin);
await admin.end();

const number: Record<Workload["numbers"], number> = { known: 1, codes: 1, new: 11 };

/** The rows that a statement writes, by table. */
async function countWrites(statement: string): Promise<Row[]> {
  await owner`select pg_stat_force_next_flush()`;
  let counts: Row[] = [];
  await owner.begin(async (transaction) => {
    await transaction.unsafe(statement);
    counts = await transaction`
      select relname, n_tup_ins::integer as inserted, n_tup_upd::integer as updated, n_tup_del::integer as deleted
      from pg_catalog.pg_stat_xact_user_tables
      where schemaname = 'public' and n_tup_ins + n_tup_upd + n_tup_del > 0
      order by relname`;
    await transaction`rollback and chain`;
  });
  return counts.map((count) => ({ ...count }));
}

const written: Record<string, number> = {
  "register": 2,
  "register, full server": 2,
  "approve": 2,
  "approve, full server": 2,
  "provision, known user": 2,
  "provision, new user": 5,
  "redeem": 2,
  "rotate": 1,
  "introspect": 0,
};

for (const workload of workloads) {
  Deno.test(`${workload.name}: the floor writes what the function writes`, async () => {
    const count = (side: "function" | "floor"): Promise<Row[]> =>
      countWrites(workload[side].replaceAll(":n", String(number[workload.numbers])));

    const [own, floor] = [await count("function"), await count("floor")];

    assertEquals(floor, own);
    assertEquals(own.length, written[workload.name]);
  });
}

Deno.test("purge: the floor deletes what the function deletes", async () => {
  const [own, floor] = [await countWrites(purge.function), await countWrites(purge.floor)];

  assertEquals(floor, own);
  assertEquals(own, [
    { relname: "mcp_audit_events", inserted: 1, updated: 0, deleted: 0 },
    { relname: "mcp_authorization_sessions", inserted: 0, updated: 0, deleted: purge.batch },
  ]);
});
