import { assertEquals, assertThrows } from "@std/assert";
import { sortByNeed } from "../../../supabase/commands/schema/schema_files.ts";
import { Problem } from "../../../supabase/local/problem.ts";

const table = { path: "tables/a.sql", text: "create table public.a (id text default public.c());" };
const other = { path: "tables/b.sql", text: "create table public.b (id text references public.a (id));" };
const called = {
  path: "functions/c.sql",
  text: "-- see public.d\ncreate function public.c() as $$ select public.d() $$;",
};
const last = {
  path: "functions/d.sql",
  text: "create function public.d(p_b public.b) as $$ select public.c() $$;",
};

const order = (files: { path: string; text: string }[]): string[] =>
  sortByNeed(files).map(({ path }) => path);

Deno.test("what a file names comes before it, and bodies and comments name nothing", () => {
  assertEquals(order([other, table, called, last]), [
    "functions/c.sql",
    "tables/a.sql",
    "tables/b.sql",
    "functions/d.sql",
  ]);
});

Deno.test("files that need nothing keep their order", () => {
  const free = ["tables/y.sql", "types/x.sql", "functions/a.sql"].map((path) => ({ path, text: "" }));

  assertEquals(order(free), ["tables/y.sql", "types/x.sql", "functions/a.sql"]);
});

Deno.test("files that need each other are a problem that names them", () => {
  const circle = { path: "functions/c.sql", text: "create function public.c(p_b public.b);" };

  assertThrows(
    () => sortByNeed([other, table, circle]),
    Problem,
    "Cannot order supabase/schemas: b needs a needs c needs b",
  );
});

Deno.test("two objects of one name are a problem", () => {
  const twin = { path: "types/a.sql", text: "create type public.a as (b text);" };

  assertThrows(() => sortByNeed([table, twin]), Problem, "Two files of supabase/schemas have one name");
});
