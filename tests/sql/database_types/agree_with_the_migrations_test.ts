import { assert } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";
import { generateTypes, TYPES_FILE } from "../../support/database/types.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

Deno.test("the types of the functions' database are those that the migrations make", async () => {
  const generated = await generateTypes(database.databaseUrl);

  assert(
    generated === await Deno.readTextFile(TYPES_FILE),
    "functions/_shared/database/types.ts differs from the migrations: run `deno task types`",
  );
});

Deno.test("the types of a database with one more argument are other types", async () => {
  await database.owner.unsafe(`
    create function public.added(p_added text) returns text language sql return p_added`);

  const generated = await generateTypes(database.databaseUrl);

  assert(generated.includes(`"added": { Args: { "p_added": string }; Returns: string };`));
  assert(generated !== await Deno.readTextFile(TYPES_FILE));
});
