/**
 * `deno task keys`: prints keys for the functions, ready for an .env file.
 *
 * With `--in-use` it makes none, and prints how many secrets stand under which
 * encryption key: in the embedded stack, or with `--project` in the project
 * that the environment names. With `--cell` they are for a further project
 * behind an origin: see supabase/origin/CELLS.md.
 *
 * @module
 */

import { generateEncryptionKeys, generateSigningKeys } from "../local/make_keys.ts";
import { terminal } from "../local/output.ts";
import { readKeysArguments } from "./arguments.ts";
import { makeCellKeys } from "./cell_keys.ts";
import { runTask } from "./run_task.ts";
import { openSecrets } from "./secrets/access.ts";
import { countByKey, describeCounts } from "./secrets/count_by_key.ts";

const output = terminal();
await runTask(output, async () => {
  const { inUse, cell, ...where } = readKeysArguments(Deno.args);
  if (inUse) {
    const access = await openSecrets(where);
    output.print(describeCounts(await countByKey(access), access.encryptionKeys));
    return;
  }
  const cellKeys = cell === undefined ? undefined : await makeCellKeys(cell);
  output.print(`GATEPOST_SIGNING_KEYS='${cellKeys?.signingKeys ?? await generateSigningKeys()}'`);
  output.print(`GATEPOST_ENCRYPTION_KEYS='${generateEncryptionKeys()}'`);
  if (cellKeys !== undefined) {
    output.print(`# Add last to the GATEPOST_SIGNING_KEYS of every other cell: ${cellKeys.publicHalf}`);
  }
});
