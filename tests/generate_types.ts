/**
 * Writes `functions/_shared/database/types.ts` after the migrations: `deno task types`.
 *
 * @module
 */

import { startDatabase } from "../supabase/local/database/start_database.ts";
import { generateTypes, TYPES_FILE } from "./support/database/types.ts";
import { readTask } from "./support/run/task.ts";

readTask({
  task: "types",
  summary: "Writes functions/_shared/database/types.ts after the migrations.",
  options: {},
});

const dataDir = await Deno.makeTempDir({ prefix: "gatepost-types-" });
const database = await startDatabase({ dataDir });
try {
  await Deno.writeTextFile(TYPES_FILE, await generateTypes(database.databaseUrl));
} finally {
  await database.stop();
  await Deno.remove(dataDir, { recursive: true });
}
