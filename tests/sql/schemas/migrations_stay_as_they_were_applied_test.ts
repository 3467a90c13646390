import { assertEquals, assertRejects } from "@std/assert";
import { connect, inDatabase } from "../../../supabase/local/database/connect.ts";
import { applyMigrations } from "../../../supabase/local/database/migrations.ts";
import { silence } from "../../../supabase/local/output.ts";
import { Problem } from "../../../supabase/local/problem.ts";
import { openDatabase } from "../../support/database/database.ts";

const database = await openDatabase();
const empty = connect(inDatabase(database.adminUrl, "template1"));
const name = `migrations_${crypto.randomUUID().replaceAll("-", "")}`;
await empty`create database ${empty(name)} template template0`;
const migrated = connect(inDatabase(database.adminUrl, name));
const folder = await Deno.makeTempDir({ prefix: "gatepost-migrations-" });
await Deno.mkdir(`${folder}/migrations`);
Deno.test.afterAll(async () => {
  await migrated.end();
  await empty`drop database ${empty(name)}`;
  await Promise.all([empty.end(), database.close(), Deno.remove(folder, { recursive: true })]);
});

const FIRST = `${folder}/migrations/1_first.sql`;
const SECOND = `${folder}/migrations/2_second.sql`;
const apply = (): Promise<void> => applyMigrations(migrated, folder, silence());

Deno.test("migrations are applied once, in order, and refused once they are not what was applied", async () => {
  await Deno.writeTextFile(FIRST, "create table first (id integer);");
  await Deno.writeTextFile(SECOND, "insert into first values (1);");

  await apply();
  await apply();
  assertEquals([...await migrated`select id from first`], [{ id: 1 }]);

  await Deno.writeTextFile(FIRST, "create table first (id bigint);");
  await assertRejects(apply, Problem, "supabase/migrations/1_first.sql has changed since it was applied");
  await Deno.remove(FIRST);
  await assertRejects(apply, Problem, "The database has migration 1, which is not in supabase/migrations");
});
