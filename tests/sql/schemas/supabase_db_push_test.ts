import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compareCatalogues, readCatalogue } from "../../../supabase/commands/schema/catalogue.ts";
import { openTwoDatabases } from "../../../supabase/commands/schema/two_databases.ts";
import { connect, inDatabase } from "../../../supabase/local/database/connect.ts";
import { runSupabase } from "../../support/database/supabase_cli.ts";

const project = new URL("../../..", import.meta.url).pathname;
const databases = await openTwoDatabases();
Deno.test.afterAll(() => databases.stop());

Deno.test("supabase db push makes what the schemas say, once", async () => {
  const url = inDatabase(databases.fromSchemas, "pushed");
  const server = connect(inDatabase(url, "template1"));
  await server`create database pushed template postgres`;
  await server.end();
  const [pushed, wanted] = [connect(url), connect(databases.fromSchemas)];
  try {
    const first = await runSupabase(url, "--workdir", project, "db", "push", "--yes");
    const second = await runSupabase(url, "--workdir", project, "db", "push", "--yes");

    assert(first.success, first.stdout + first.stderr);
    assertStringIncludes(second.stdout + second.stderr, "up to date");
    assertEquals(compareCatalogues(await readCatalogue(pushed), await readCatalogue(wanted)), {
      onlyInFirst: [],
      onlyInSecond: [],
    });
  } finally {
    await Promise.all([pushed.end(), wanted.end()]);
  }
});
