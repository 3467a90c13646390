/**
 * `supabase/README.md` lists every view and RPC that members have, as the database has them.
 */

import { assertEquals } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const root = new URL("../../../", import.meta.url).pathname;
const readme = await Deno.readTextFile(`${root}supabase/README.md`);
const section = /\n## What members read and call\n(.*?)\n## /s.exec(readme)![1]!;
const lines = [...section.matchAll(/^\| `(\w+)` +\|(.*)\|$/gm)].map(([, name, rest]) => ({
  name: name!,
  cells: rest!.split("|").map((cell) => cell.trim()),
}));

/** Members use these through views and policies, and never call them. */
const BEHIND_VIEWS = ["list_member_addresses", "organizations_of_platform_user"];
/** Their arguments are settings, which have a table each. */
const SAVING = ["save_mcp_server", "save_oauth_config"];

Deno.test("the guide has every view that members read, and no other", async () => {
  const views = await owner`
    select relname::text as name from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'v'
      and has_table_privilege('authenticated', oid, 'select') order by relname`;

  const documented = lines.filter(({ cells }) => cells.length === 1).map(({ name }) => name);

  assertEquals(documented.sort(), views.map(({ name }) => name));
});

Deno.test("the guide has every RPC of members with its arguments, and which may be left out", async () => {
  const functions = await owner<{ name: string; names: string[] | null; given: number; defaults: number }[]>`
    select proname::text as name, proargnames as names, pronargs::integer as given, pronargdefaults::integer as defaults
    from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', oid, 'execute')
      and proname <> all (${BEHIND_VIEWS})`;
  const expected = functions.map(({ name, names, given, defaults }) => {
    const written = (names ?? []).slice(0, given).map((argument, index) =>
      index < given - defaults ? `\`${argument}\`` : `[\`${argument}\`]`
    );
    return [name, SAVING.includes(name) ? "settings" : written.join(", ") || "none"];
  });

  const documented = lines.filter(({ cells }) => cells.length > 1)
    .map(({ name, cells }) => [name, SAVING.includes(name) ? "settings" : cells[0]]);

  assertEquals(documented.sort(), expected.sort());
});

Deno.test("the guide has every outcome that the header of an RPC names", async () => {
  for (const { name, cells } of lines.filter(({ cells }) => cells.length > 1)) {
    const text = await Deno.readTextFile(`${root}supabase/schemas/functions/${name}.sql`);
    const header = /-- Outcomes(.*?)\n(?=-- [A-Z]|create )/s.exec(text)?.[1] ?? "";
    const outcomes = [...header.replaceAll(/\(see \w+\)/g, "").matchAll(/[a-z_]+/g)].map(([slug]) =>
      `\`${slug}\``
    );

    assertEquals([name, cells[1]], [name, outcomes.join(", ") || "a list"]);
  }
});
