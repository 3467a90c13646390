import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`scope-${index}`, "meaning"]));

const SAVED: [what: string, descriptions: unknown, outcome: string][] = [
  ["none", {}, "saved"],
  ["a hundred", many(100), "saved"],
  ["200 characters, of any script", { read: "\u6587".repeat(200) }, "saved"],
  ["a scope that is not supported", { other: "Something else" }, "saved"],
  ["more than a hundred", many(101), "invalid"],
  ["201 characters", { read: "x".repeat(201) }, "invalid"],
  ["a text without a character", { read: "" }, "invalid"],
  ["blanks", { read: "   " }, "invalid"],
  ["two lines", { read: "one\ntwo" }, "invalid"],
  ["a scope that is none", { "re ad": "Read" }, "invalid"],
  ["a scope without an end", { ["r".repeat(201)]: "Read" }, "invalid"],
  ["no text", { read: { de: "Lesen" } }, "invalid"],
  ["a list", ["read"], "invalid"],
];
for (const [what, p_scope_descriptions, outcome] of SAVED) {
  Deno.test(`descriptions of scopes with ${what} are ${outcome}`, async () => {
    const tenant = await makeTenant(database);
    const { sql } = await makePlatformUser(database, tenant.organizationId, "admin");

    const saved = await call(sql, "save_mcp_server", { p_id: tenant.serverId, p_scope_descriptions });

    assertEquals(
      [saved.outcome, saved.argument],
      [outcome, outcome === "saved" ? null : "p_scope_descriptions"],
    );
  });
}
