/**
 * Reads `supabase/schemas` and puts its files into an order that a database accepts.
 *
 * `platform.sql` comes first and `schedule.sql` last. Between them stand the
 * tables, then the types, the functions and the views, each in alphabetical
 * order; but what an object names outside a function's body comes before it: the
 * table of a foreign key, the function of a check, of a default or of a policy. A body
 * may name anything, because PostgreSQL reads it only when it is called.
 *
 * @module
 */

import { Problem } from "../../local/problem.ts";

/** One file of `supabase/schemas`. */
export interface SchemaFile {
  /** Below `supabase/schemas`. */
  path: string;
  text: string;
}

const FIRST = "platform.sql";
const KINDS = ["tables", "types", "functions", "views"];
const LAST = "schedule.sql";

/** Reads the files in the order in which they are applied. */
export async function readSchemaFiles(folder: string): Promise<SchemaFile[]> {
  const read = async (path: string): Promise<SchemaFile> => ({
    path,
    text: await Deno.readTextFile(`${folder}/${path}`),
  });
  const objects: SchemaFile[] = [];
  for (const kind of KINDS) {
    const names = (await Array.fromAsync(Deno.readDir(`${folder}/${kind}`))).map(({ name }) => name);
    objects.push(...await Promise.all(names.sort().map((name) => read(`${kind}/${name}`))));
  }
  return [await read(FIRST), ...sortByNeed(objects), await read(LAST)];
}

/** Keeps the given order, but puts what a file names before it. */
export function sortByNeed(files: SchemaFile[]): SchemaFile[] {
  const byName = new Map(files.map((file) => [nameOf(file), file]));
  if (byName.size < files.length) {
    throw new Problem("Two files of supabase/schemas have one name: give each object a name of its own");
  }
  const sorted = new Set<SchemaFile>();
  const place = (file: SchemaFile, waiting: string[]): void => {
    if (sorted.has(file)) {
      return;
    }
    const chain = [...waiting, nameOf(file)];
    if (waiting.includes(nameOf(file))) {
      throw new Problem(`Cannot order supabase/schemas: ${chain.join(" needs ")}`);
    }
    for (const name of namesIn(file)) {
      const needed = byName.get(name);
      if (needed !== undefined && needed !== file) {
        place(needed, chain);
      }
    }
    sorted.add(file);
  };
  for (const file of files) {
    place(file, []);
  }
  return [...sorted];
}

function nameOf({ path }: SchemaFile): string {
  return path.replace(/^.*\//, "").replace(/\.sql$/, "");
}

/** The objects of `public` that a file names outside comments and bodies. */
function namesIn({ text }: SchemaFile): string[] {
  const bare = text.replaceAll(/--.*$/gm, "").replaceAll(/\$\$.*?\$\$/gs, "");
  return [...bare.matchAll(/\bpublic\.(\w+)/g)].map(([, name]) => name!);
}
