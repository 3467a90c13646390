/**
 * Type-checks everything, with the import map that works here: `deno task check`.
 *
 * @module
 */

import { pickImportMap } from "./support/run/import_map.ts";
import { readTask } from "./support/run/task.ts";

readTask({ task: "check", summary: "Type-checks functions, supabase and tests.", options: {} });

const importMap = await pickImportMap();
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["check", "--quiet", `--import-map=${importMap}`, "functions", "supabase", "tests"],
  stdout: "inherit",
  stderr: "inherit",
}).spawn().status;
Deno.exit(code);
