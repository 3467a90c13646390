/**
 * `deno task keys`: prints keys for the functions, ready for an .env file.
 *
 * With `--in-use` it makes none, and prints how many secrets stand under which
 * encryption key: in the embedded stack, or with `--project` in the project
 * that the environment names.
 *
 * @module
 */

import { generateEncryptionKeys, generateSigningKeys } from "../local/make_keys.ts";
import { terminal } from "../local/output.ts";
import { readKeysArguments } from "./arguments.ts";
import { runTask } from "./run_task.ts";
import { openSecrets } from "./secrets/access.ts";
import { countByKey, describeCounts } from "./secrets/count_by_key.ts";

const output = terminal();
await runTask(output, async () => {
  const { inUse, ...where } = readKeysArguments(Deno.args);
  if (inUse) {
    const access = await openSecrets(where);
    output.print(describeCounts(await countByKey(access), access.encryptionKeys));
    return;
  }
  output.print(`GATEPOST_SIGNING_KEYS='${await generateSigningKeys()}'`);
  output.print(`GATEPOST_ENCRYPTION_KEYS='${generateEncryptionKeys()}'`);
});
