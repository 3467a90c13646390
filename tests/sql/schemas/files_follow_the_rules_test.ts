import { assertEquals } from "@std/assert";
import { SCHEMAS_FOLDER } from "../../../supabase/commands/schema/migration.ts";
import { readSchemaFiles } from "../../../supabase/commands/schema/schema_files.ts";

const files = (await readSchemaFiles(SCHEMAS_FOLDER)).filter(({ path }) => path.includes("/"));
const kinds: Record<string, string> = {
  tables: "table",
  types: "type",
  functions: "function",
  views: "view",
};

/** A rule, and what of a file breaks it. */
const RULES: [rule: string, broken: (path: string, text: string) => unknown[]][] = [
  ["one object a file, named as the file", (path, text) => {
    const [folder, file] = path.split("/");
    const made = [...text.matchAll(/^create (table|type|function|view) public\.(\w+)/gm)].map((
      [, kind, name],
    ) => [kind, name]);
    return made.length === 1 && made[0]![0] === kinds[folder!] && `${made[0]![1]}.sql` === file ? [] : made;
  }],
  ["a header that starts with the object's name", (path, text) => {
    const name = path.replace(/^.*\//, "").replace(".sql", "");
    return text.startsWith(`-- ${name}: `) ? [] : [text.split("\n")[0]];
  }],
  ["a function says its caller and its rights", (path, text) => {
    const header = text.split("create function")[0]!;
    return path.startsWith("functions/")
      ? ["-- Caller ", "-- Rights "].filter((line) => !header.includes(line))
      : [];
  }],
  ["a function pins its search path, and every right on it is decided below it", (path, text) => {
    const wanted = ["set search_path = ''", "from public, anon, authenticated, service_role;"];
    return path.startsWith("functions/") ? wanted.filter((line) => !text.includes(line)) : [];
  }],
  ["a view reads with the rights of its reader, and every right on it is decided below it", (path, text) => {
    const wanted = [
      "-- Readers ",
      " with (security_invoker = true) as",
      "from public, anon, authenticated, service_role;",
    ];
    return path.startsWith("views/") ? wanted.filter((line) => !text.includes(line)) : [];
  }],
  ["rights are given and taken by name", (_path, text) => text.match(/ on function public\.\w+\s*\(/g) ?? []],
  ["no row is built by position", (_path, text) => text.match(/\)::public\.\w+|\brow\s*\(/g) ?? []],
];

for (const [rule, broken] of RULES) {
  Deno.test(`supabase/schemas: ${rule}`, () => {
    const found = files.map(({ path, text }) => [path, broken(path, text)] as const).filter(([, what]) =>
      what.length > 0
    );

    assertEquals(found, []);
  });
}

/** A file that breaks each rule, in the order of the rules. */
const BROKEN: [path: string, text: string][] = [
  ["functions/one.sql", "create function public.one()\ncreate function public.two()"],
  ["functions/one.sql", "-- two: one."],
  ["functions/one.sql", "-- one: one.\n--\n-- Rights    invoker\ncreate function public.one()"],
  ["functions/one.sql", "revoke all on function public.one from public;"],
  ["views/one.sql", "-- Readers   members\ncreate view public.one as"],
  ["functions/one.sql", "grant execute on function public.one(text) to service_role;"],
  ["functions/one.sql", "return ('one', null)::public.one;"],
];
BROKEN.forEach(([path, text], index) => {
  const [rule, broken] = RULES[index]!;
  Deno.test(`supabase/schemas: a file that breaks a rule is found: ${rule}`, () => {
    assertEquals(broken(path, text).length > 0, true);
  });
});
