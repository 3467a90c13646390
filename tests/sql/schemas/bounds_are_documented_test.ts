/**
 * The table of bounds in supabase/README.md is the one in the database.
 */

import { assertEquals } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

Deno.test("supabase/README.md says every bound as row_bounds does", async () => {
  const readme = await Deno.readTextFile(new URL("../../../supabase/README.md", import.meta.url));
  const section = /^## Bounds$(.*?)^## /ms.exec(readme)?.[1] ?? "";
  const documented = section.split("\n").filter((line) => line.startsWith("|")).slice(2)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

  const bounds = await database.owner`
    select kind, of_source::text, coalesce(of_server::text, '') as of_server,
      coalesce(round(extract(epoch from held_for) / 60)::text, '') as held_for,
      coalesce(round(extract(epoch from counted_in) / 60)::text, '') as counted_in, beyond
    from public.row_bounds`;

  const inMinutes = (minutes: string): string =>
    minutes === "" ? "" : `${minutes} ${minutes === "1" ? "minute" : "minutes"}`;
  assertEquals(
    documented.toSorted(),
    bounds.map(({ kind, of_source, of_server, held_for, counted_in, beyond }) => [
      String(kind),
      String(of_source),
      String(of_server),
      inMinutes(String(held_for)),
      { "60": "1 hour", "1440": "1 day" }[String(counted_in)] ?? inMinutes(String(counted_in)),
      String(beyond),
    ]).toSorted(),
  );
});
