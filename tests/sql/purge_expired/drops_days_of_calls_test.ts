/**
 * The partitions of mcp_calls: made ahead, dropped when their day is over, and nobody waits for either.
 */

import { assertEquals } from "@std/assert";
import { buildCall, dayOf, record } from "../../support/database/calls.ts";
import { call, openDatabase, type TestDatabase } from "../../support/database/database.ts";
import {
  issueFamily,
  makeOrganization,
  makeTenant,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

/** A database of one test: clean-up sees all of it. */
async function withDatabase(act: (database: TestDatabase, tenant: Tenant) => Promise<void>): Promise<void> {
  const database = await openDatabase();
  try {
    await act(database, await makeTenant(database));
  } finally {
    await database.close();
  }
}

const purge = async ({ service }: TestDatabase, p_limit = 1000): Promise<unknown> =>
  (await call(service, "purge_expired", { p_limit })).purge_expired;

/** The days whose partitions there are. */
async function readPartitions({ owner }: TestDatabase): Promise<string[]> {
  const rows = await owner`
    select inhrelid::regclass::text as name from pg_catalog.pg_inherits
    where inhparent = 'public.mcp_calls'::regclass order by 1`;
  return rows.map(({ name }) => String(name).replace("gatepost_calls.", ""));
}

/** How many calls stand in which partition. */
async function readPlaces({ owner }: TestDatabase): Promise<Record<string, number>> {
  const rows = await owner`
    select tableoid::regclass::text as place, count(*)::integer as count from public.mcp_calls group by 1`;
  return Object.fromEntries(
    rows.map(({ place, count }) => [String(place).replace("gatepost_calls.", ""), Number(count)]),
  );
}

const until = (daysAhead: number): string => `until_${dayOf(-daysAhead).replaceAll("-", "")}`;

/** Puts a partition there that ended so many days ago, with a call in it. */
async function makeOldPartition(
  { owner, service }: TestDatabase,
  tenant: Tenant,
  days: number,
): Promise<void> {
  const name = until(-days);
  await owner.unsafe(`
    create table gatepost_calls.${name} partition of public.mcp_calls
    for values from ('${dayOf(days)}') to ('${dayOf(days - 1)}')`);
  await record(service, [buildCall(tenant)]);
  await owner.unsafe(
    `update public.mcp_calls set keep_until = '${dayOf(days)}' where keep_until > '${dayOf(0)}'`,
  );
}

Deno.test("a call whose day has no partition is recorded all the same", () =>
  withDatabase(async (database, tenant) => {
    const answer = await record(database.service, [buildCall(tenant)]);

    assertEquals([answer, await readPlaces(database)], [[1, 0], { rest: 1 }]);
  }));

Deno.test("clean-up makes the partitions of three days, for every retention that an organization has", () =>
  withDatabase(async (database, tenant) => {
    await makeOrganization(database.owner, { call_retention_days: 7 });

    await purge(database);
    await purge(database);

    assertEquals(await readPartitions(database), ["rest", ...[7, 8, 9, 30, 31, 32].map(until)].sort());
    await record(database.service, [buildCall(tenant)]);
    assertEquals(await readPlaces(database), { [until(30)]: 1 });
  }));

Deno.test("a new partition has what the table has: row level security, constraints, indexes, and no grant", () =>
  withDatabase(async (database) => {
    await purge(database);

    const [partition] = await database.owner`
      select relrowsecurity, relacl, (select count(*)::integer from pg_index where indrelid = relation.oid) as indexes,
        (select array_agg(conname::text order by conname) from pg_constraint where conrelid = relation.oid and contype = 'c')
          as checks
      from pg_class as relation where relation.oid = ${`gatepost_calls.${until(30)}`}::regclass`;
    assertEquals({ ...partition }, {
      relrowsecurity: true,
      relacl: null,
      indexes: 2,
      checks: [
        "call_arguments_are_short",
        "call_is_named_in_short",
        "call_outcome_is_known",
        "call_result_is_short",
      ],
    });
  }));

Deno.test("a day that has calls in the default partition gets none of its own, and the next day does", () =>
  withDatabase(async (database, tenant) => {
    await record(database.service, [buildCall(tenant)]);

    await purge(database);

    assertEquals(await readPartitions(database), ["rest", until(31), until(32)]);
  }));

Deno.test("a day is dropped when it is over and not before, three at a time, oldest first", () =>
  withDatabase(async (database, tenant) => {
    for (const days of [0, 1, 2, 3, 4]) {
      await makeOldPartition(database, tenant, days);
    }

    await purge(database);
    const first = (await readPartitions(database)).filter((name) => name < until(1));
    await purge(database);
    const second = (await readPartitions(database)).filter((name) => name < until(1));

    assertEquals([first.filter((name) => name !== "rest"), second.filter((name) => name !== "rest")], [
      [until(-1), until(0)].sort(),
      [until(0)],
    ]);
    assertEquals(await readPlaces(database), { [until(0)]: 1 });
  }));

Deno.test("calls of the default partition go by their own day", () =>
  withDatabase(async (database, tenant) => {
    await record(database.service, [buildCall(tenant), buildCall(tenant), buildCall(tenant)]);
    await database.owner`
      update public.mcp_calls set keep_until = current_date - 1 where id <> (select max(id) from public.mcp_calls)`;

    assertEquals([await purge(database, 1), await purge(database), await readPlaces(database)], [1, 1, {
      rest: 1,
    }]);
  }));

Deno.test("a partition that somebody reads is left for the next time, and the rest of the clean-up is done", () =>
  withDatabase(async (database, tenant) => {
    const { owner, service } = database;
    await makeOldPartition(database, tenant, 3);
    await record(service, [buildCall(tenant)]);
    await owner`update gatepost_calls.rest set keep_until = current_date - 1`;
    const other = database.openService(1);

    const purged = await owner.begin(async (transaction) => {
      await transaction`select from public.mcp_calls limit 1`;
      return (await call(other, "purge_expired", { p_limit: 1000 })).purge_expired;
    });
    const during = await readPartitions(database);
    await purge(database);

    assertEquals([purged, during.includes(until(-3)), (await readPartitions(database)).includes(until(-3))], [
      1,
      true,
      false,
    ]);
  }));

Deno.test("while clean-up waits for a partition nobody waits longer than a tenth of a second", () =>
  withDatabase(async (database) => {
    const [settings] = await database.owner`
      select proconfig::text[] as settings from pg_catalog.pg_proc where proname = 'keep_call_partitions'`;

    assertEquals((settings?.settings as string[]).includes("lock_timeout=100ms"), true);
  }));

Deno.test("a visitor who is forgotten stays counted as nobody", () =>
  withDatabase(async (database, tenant) => {
    const { service, owner } = database;
    const visitor = await call(service, "track_mcp_server_user", {
      p_organization_id: tenant.organizationId,
      p_tracking_id: newName("visitor"),
    });
    const { userId } = await issueFamily(database, tenant);
    await record(service, [
      buildCall(tenant, { mcp_server_user_id: visitor.mcp_server_user_id }),
      buildCall(tenant, { mcp_server_user_id: userId }),
      buildCall(tenant),
    ]);
    await owner`update public.mcp_server_user set keep_until = current_date - 1 where auth_type = 'none'`;

    await purge(database);

    const days = await owner`select mcp_server_user_id, calls from public.mcp_call_days order by calls`;
    assertEquals(days.map((day) => ({ ...day })), [
      { mcp_server_user_id: userId, calls: "1" },
      { mcp_server_user_id: null, calls: "2" },
    ]);
  }));
