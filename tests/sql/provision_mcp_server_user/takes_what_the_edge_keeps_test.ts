import { assert, assertEquals } from "@std/assert";
import { toProfile } from "../../../functions/_shared/upstream/profile.ts";
import { readTokenAnswer } from "../../../functions/_shared/upstream/token_answer.ts";
import { call, openDatabase } from "../../support/database/database.ts";
import { buildLogin, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service } = database;
Deno.test.afterAll(() => database.close());

/** Claims of which PostgreSQL makes more characters than a provider sent. */
const LONGER_IN_SQL: [what: string, claims: Record<string, unknown>][] = [
  ["numbers with an exponent", { numbers: Array(3000).fill(1e308) }],
  ["small numbers", { numbers: Array(3000).fill(5e-324) }],
  ["elements, between which a blank comes", { elements: Array(16_000).fill(1) }],
  ["members", Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`m${index}`, {}]))],
  ["control characters", { text: "\u0001".repeat(5000) }],
];
for (const [what, claims] of LONGER_IN_SQL) {
  Deno.test(`a profile that the edge keeps is one that SQL takes: ${what}`, async () => {
    const { members, isTrimmed } = toProfile(claims);

    const login = buildLogin(await makeTenant(database), { p_profile: members });

    assert(!isTrimmed);
    assertEquals((await call(service, "provision_mcp_server_user", login)).outcome, "created");
  });
}

Deno.test("the longest scope that the edge keeps is one that SQL takes", async () => {
  const answer = new Response(JSON.stringify({ access_token: "a", scope: "s".repeat(4096) }));
  const { scope } = await readTokenAnswer(answer);

  const login = buildLogin(await makeTenant(database), { p_scope: scope });

  assertEquals(scope?.length, 4096);
  assertEquals((await call(service, "provision_mcp_server_user", login)).outcome, "created");
});
