import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

const tenant = await makeTenant(database);
const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");

const RULE = "redacted_paths_are_paths";
const paths: [what: string, paths: (string | null)[], answer: string][] = [
  ["steps by name, at any depth, through lists", ["$.a.b", "$..secret", "$.list[*].c", "$[0].a"], "saved"],
  ["no path", [], "saved"],
  ["50 paths", Array(50).fill("$.a"), "saved"],
  ["51 paths", Array(51).fill("$.a"), RULE],
  ["a long path", [`$.${"a".repeat(199)}`], RULE],
  ["the root alone", ["$"], RULE],
  ["no root", ["a.b"], RULE],
  ["a filter", ["$.list[?(@.a)].b"], RULE],
  ["a quotation mark", ["$['a']"], RULE],
  ["two lines", ["$.a\n$.b"], RULE],
  ["a step without a name", ["$.a..."], RULE],
  ["null", [null], RULE],
];
for (const [what, p_redacted_paths, answer] of paths) {
  Deno.test(`redacted_paths with ${what} are answered ${answer}`, async () => {
    const saved = await call(sql, "save_mcp_server", { p_id: tenant.serverId, p_redacted_paths });

    assertEquals(saved.reason ?? saved.outcome, answer);
  });
}

Deno.test("record_payloads is none until it is saved, and none, arguments or all then", async () => {
  const read = async (): Promise<unknown> => {
    const { server } = await call(database.service, "find_mcp_server", { p_slug: tenant.slug });
    return (server as Record<string, unknown>).record_payloads;
  };
  const before = await read();

  const all = await call(sql, "save_mcp_server", { p_id: tenant.serverId, p_record_payloads: "all" });
  const some = await call(sql, "save_mcp_server", { p_id: tenant.serverId, p_record_payloads: "some" });

  assertEquals([before, all.outcome, some.reason, await read()], [
    "none",
    "saved",
    "record_payloads_is_known",
    "all",
  ]);
});
