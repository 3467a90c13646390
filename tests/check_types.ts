/**
 * Type-checks everything, with the import map that works here: `deno task check`.
 *
 * @module
 */

import { pickImportMap } from "./support/run/import_map.ts";
import { readTask } from "./support/run/task.ts";
import { checkTypes } from "./support/run/types.ts";

readTask({ task: "check", summary: "Type-checks functions, supabase and tests.", options: {} });

Deno.exit(await checkTypes(await pickImportMap()) ? 0 : 1);
