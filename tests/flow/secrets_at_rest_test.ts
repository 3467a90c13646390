/**
 * After a login, with everything that was ever sent at hand: none of it stands in the database or in a log.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { connect } from "../support/client/mcp_client.ts";
import { ADDRESS, findIn, leaveEverything } from "../support/stack/everything.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");

Deno.test("no token, code, secret, state or verifier of a login stands in any table", async () => {
  const secrets = await leaveEverything(stack);

  const dump = await dumpDatabase();

  assert(dump.includes("Secretive client"), "the search sees the rows");
  assertEquals(findIn(dump, secrets), []);
});

Deno.test("no token, code, secret, state, verifier or address of a login stands in a log", async () => {
  const secrets = await leaveEverything(stack);
  secrets.set("address", ADDRESS);

  const log = await stack.readLog();

  assert(log.includes(`"endpoint":"oauth-token"`), "the search sees the lines");
  assertEquals(findIn(log, secrets), []);
});

/** What a detail can have; its words are of fixed lists. */
const DETAIL = ["step", "status", "error_code", "member", "problem"];

Deno.test("the functions log one JSON line a request, with fixed fields", async () => {
  await connect(stack.status.MCP_URL, { userName: "ada" });

  const lines = (await stack.readLog()).trim().split("\n").map((line) => JSON.parse(line));

  const requests = lines.filter(({ endpoint }) => endpoint !== undefined);
  assert(requests.length >= 7);
  for (const line of requests) {
    const { cause: _, server: __, detail, ...fields } = line;
    assert(Object.keys(detail ?? {}).every((name) => DETAIL.includes(name)), JSON.stringify(detail));
    assertEquals(Object.keys(fields).sort(), ["endpoint", "level", "ms", "reason", "request_id", "status"]);
  }
});

/** Every row of every table but those of PostgreSQL itself, as text. */
async function dumpDatabase(): Promise<string> {
  const tables = await stack.sql`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
  const dumps = await Promise.all(tables.map(async ({ schema, name }) => {
    const rows = await stack.sql`select row::text as text from ${stack.sql(`${schema}.${name}`)} as row`;
    return rows.map(({ text }) => text).join("\n");
  }));
  return dumps.join("\n");
}
