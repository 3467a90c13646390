import { assertEquals, assertRejects } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { buildFindServer } from "../../functions/_shared/database/server_cache.ts";
import { fakeDatabase } from "../support/database/fake_database.ts";
import { buildServer } from "../support/database/records.ts";

Deno.test("a server is looked up once a minute for each slug", async () => {
  let time = 0;
  const database = fakeDatabase({
    find_mcp_server: ({ p_slug }) => ({ outcome: "found", server: buildServer({ slug: p_slug }) }),
  });
  const findServer = buildFindServer({ database, now: () => time });

  const slugs = [];
  for (const [at, slug] of [[0, "a"], [59_999, "a"], [59_999, "b"], [60_000, "a"]] as const) {
    time = at;
    slugs.push((await findServer(slug)).slug);
  }

  assertEquals(slugs, ["a", "a", "b", "a"]);
  assertEquals(database.calls.map(({ args }) => args), [{ p_slug: "a" }, { p_slug: "b" }, { p_slug: "a" }]);
});

Deno.test("an unknown server is a 404 and is asked for again", async () => {
  const database = fakeDatabase({ find_mcp_server: { outcome: "unknown_server" } });
  const findServer = buildFindServer({ database, now: () => 0 });

  for (let round = 0; round < 2; round++) {
    const error = await assertRejects(() => findServer("a"), OAuthError);

    assertEquals([error.code, error.reason], ["not_found", "unknown_server"]);
  }
  assertEquals(database.calls.length, 2);
});
