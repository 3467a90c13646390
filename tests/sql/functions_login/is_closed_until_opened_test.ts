import { assertEquals } from "@std/assert";

Deno.test("the migration makes the functions' role, and lets nobody log in as it", async () => {
  const migrations = new URL("../../../supabase/migrations/", import.meta.url);
  const made: string[] = [];
  for await (const { name } of Deno.readDir(migrations)) {
    const sql = await Deno.readTextFile(new URL(name, migrations));
    made.push(
      ...[...sql.matchAll(/(?:create|alter) role gatepost_functions (.*);/g)].map((match) => match[1]!),
    );
  }

  assertEquals(made[0], "nologin noinherit");
  assertEquals(made.filter((change) => /\b(login|password)\b/.test(change)), []);
});
