/**
 * Elements that are malformed or belong to nobody: left out, counted, and no harm to the others.
 */

import { assertEquals } from "@std/assert";
import { buildCall, daysAgo, record } from "../../support/database/calls.ts";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { issueFamily, makeTenant, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const theirs = await makeTenant(database);
const { userId: theirUserId } = await issueFamily(database, theirs);
const mine = await makeTenant(database);
const { userId } = await issueFamily(database, mine);

async function countRows({ organizationId }: Tenant): Promise<number> {
  const [row] = await owner`
    select (select count(*) from public.mcp_calls where organization_id = ${organizationId})
      + (select coalesce(sum(calls), 0) from public.mcp_call_days where organization_id = ${organizationId})
      + (select coalesce(sum(calls), 0) from public.mcp_call_sums where organization_id = ${organizationId}) as count`;
  return Number(row?.count);
}

const MALFORMED: [what: string, element: unknown][] = [
  ["a text", "call"],
  ["a number", 7],
  ["null", null],
  ["a list", [[]]],
  ["an empty object", {}],
  ["another organization's server", buildCall(mine, { mcp_server_id: theirs.serverId })],
  ["an unknown server", buildCall(mine, { mcp_server_id: "mcps_unknown" })],
  ["an organization that is not the server's", buildCall(mine, { organization_id: theirs.organizationId })],
  ["another organization's user", buildCall(mine, { mcp_server_user_id: theirUserId })],
  ["an unknown user", buildCall(mine, { mcp_server_user_id: "mcpu_unknown" })],
  ["a number for a user", buildCall(mine, { mcp_server_user_id: 7 })],
  ["a list for an organization", buildCall(mine, { organization_id: [mine.organizationId] })],
  ["no method", buildCall(mine, { method: null })],
  ["an empty method", buildCall(mine, { method: "" })],
  ["an object for a name", buildCall(mine, { name: { of: "tool" } })],
  ["a text for milliseconds", buildCall(mine, { milliseconds: "100" })],
  ["no milliseconds", buildCall(mine, { milliseconds: null })],
  ["a text for bytes", buildCall(mine, { bytes_in: "7" })],
  ["no bytes", buildCall(mine, { bytes_out: null })],
  ["a text for an error code", buildCall(mine, { error_code: "-32602" })],
  ["an outcome of its own", buildCall(mine, { outcome: "fine" })],
  ["no outcome", buildCall(mine, { outcome: null })],
  ["a client id without end", buildCall(mine, { client_id: "x".repeat(2049) })],
  ["a number for the client's name", buildCall(mine, { method: "initialize", client_name: 7 })],
  ["no time", buildCall(mine, { started_at: null })],
  ["a number for a time", buildCall(mine, { started_at: Date.now() })],
  ["a time without a zone", buildCall(mine, { started_at: "2026-11-26T12:00:00" })],
  ["a time that is none", buildCall(mine, { started_at: "2026-13-01T12:00:00Z" })],
  ["a word for a time", buildCall(mine, { started_at: "now" })],
  ["endless time", buildCall(mine, { started_at: "infinity" })],
  ["a time of tomorrow", buildCall(mine, { started_at: daysAgo(-2) })],
  ["a time of two years ago", buildCall(mine, { started_at: daysAgo(730) })],
];

for (const [what, element] of MALFORMED) {
  Deno.test(`${what} is left out, and the calls beside it are recorded`, async () => {
    const before = [await countRows(mine), await countRows(theirs)];

    const answer = await record(service, [
      buildCall(mine, { mcp_server_user_id: userId }),
      element,
      buildCall(mine),
    ]);

    assertEquals(answer, [2, 1]);
    assertEquals([await countRows(mine) - before[0]!, await countRows(theirs) - before[1]!], [6, 0]);
  });
}

Deno.test("numbers without measure are brought within it", async () => {
  const tenant = await makeTenant(database);
  const answer = await call(service, "record_mcp_calls", { p_calls: [] });
  // JSON of numbers that JavaScript does not have.
  const [recorded] = await service`
    select recorded, left_out from public.record_mcp_calls(jsonb_build_array(
      ${service.json(buildCall(tenant) as Record<string, string>)}::jsonb || '{
        "milliseconds": 1e400, "bytes_in": -5, "bytes_out": 1e400, "error_code": 1e400, "http_status": -1
      }'
    ))`;

  const [row] = await owner`
    select milliseconds, bytes_in, bytes_out, error_code, http_status from public.mcp_calls
    where organization_id = ${tenant.organizationId}`;
  assertEquals([answer.outcome, recorded?.recorded, recorded?.left_out], ["recorded", 1, 0]);
  assertEquals({ ...row }, {
    milliseconds: 2147483647,
    bytes_in: "0",
    bytes_out: "1000000000000000",
    error_code: null,
    http_status: null,
  });
});

Deno.test("a name of a megabyte is cut, and so is a method", async () => {
  const tenant = await makeTenant(database);
  const long = "ä".repeat(1_000_000);

  const answer = await record(service, [
    buildCall(tenant, { name: long }),
    buildCall(tenant, { method: long, name: null }),
    buildCall(tenant, { method: "initialize", client_name: long, client_version: long }),
  ]);

  const lengths = await owner`
    select char_length(method) as method, char_length(name) as name from public.mcp_call_sums
    where organization_id = ${tenant.organizationId} order by 1, 2`;
  assertEquals(answer, [3, 0]);
  assertEquals(lengths.map(({ method, name }) => [method, name]), [[10, 151], [10, 256], [100, 0]]);
});

Deno.test("of 10,000 elements a thousand are read, and the rest is left out", async () => {
  const tenant = await makeTenant(database);

  const answer = await record(service, Array(10_000).fill(buildCall(tenant)));

  const [row] = await owner`
    select count(*)::integer as count from public.mcp_calls where organization_id = ${tenant.organizationId}`;
  assertEquals([answer, row?.count], [[1000, 9000], 1000]);
});

Deno.test("a day that its month does not have is the next month's, and raises nothing", async () => {
  const tenant = await makeTenant(database);
  const lastYear = new Date().getUTCFullYear() - (new Date().getUTCMonth() > 2 ? 0 : 1);

  const answer = await record(service, [
    buildCall(tenant, { started_at: `${lastYear}-02-31T23:59:59.999Z` }),
  ]);

  const [day] = await owner`
    select to_char(day, 'MM-DD') as day from public.mcp_call_days where organization_id = ${tenant.organizationId}`;
  assertEquals([answer, ["03-02", "03-03"].includes(String(day?.day))], [[1, 0], true]);
});

Deno.test("a member may not record, and nobody may write the tables", async () => {
  const { sql } = await makePlatformUser(database, mine.organizationId, "owner");
  const refused: Row = {};
  for (const [who, client] of Object.entries({ member: sql, service })) {
    for (const table of ["mcp_calls", "mcp_call_days", "mcp_call_sums"]) {
      refused[`${who} ${table}`] = await client`delete from public.${client(table)}`.then(
        () => "done",
        ({ code }) => code,
      );
    }
  }
  refused["member record_mcp_calls"] = await sql`select public.record_mcp_calls('[]')`.then(
    () => "done",
    ({ code }) => code,
  );
  refused["service default partition"] = await service`select from gatepost_calls.rest`.then(
    () => "done",
    ({ code }) => code,
  );

  assertEquals(new Set(Object.values(refused)), new Set(["42501"]));
});
