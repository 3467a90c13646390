/**
 * `deno task keys`: prints keys for the functions, ready for an .env file.
 *
 * @module
 */

import { generateEncryptionKeys, generateSigningKeys } from "../local/make_keys.ts";
import { terminal } from "../local/output.ts";
import { readCommandLine } from "./command_line.ts";
import { runTask } from "./run_task.ts";

const SUMMARY = "Prints new signing and encryption keys, ready for an .env file.";

const output = terminal();
await runTask(output, async () => {
  readCommandLine({ task: "keys", summary: SUMMARY, options: {} }, Deno.args);
  output.print(`GATEPOST_SIGNING_KEYS='${await generateSigningKeys()}'`);
  output.print(`GATEPOST_ENCRYPTION_KEYS='${generateEncryptionKeys()}'`);
});
