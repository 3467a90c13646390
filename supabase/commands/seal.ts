/**
 * `deno task seal`: seals the client secret of a provider that belongs to the platform.
 *
 * Organizations save theirs through the function `oauth-configs`. A config
 * without organization is a row that the operator inserts; this prints what
 * its `client_secret_ciphertext` must be. Reads the secret from standard input
 * and `GATEPOST_ENCRYPTION_KEYS` from the environment.
 *
 * @module
 */

import {
  configSecretOf,
  parseEncryptionKeys,
  sealSecret,
} from "../../functions/_shared/secrets/encryption.ts";
import { terminal } from "../local/output.ts";
import { Problem } from "../local/problem.ts";
import { readCommandLine } from "./command_line.ts";
import { runTask } from "./run_task.ts";

const SUMMARY = `Seals the client secret of a provider that belongs to the platform.
Reads the secret from standard input, and the keys from GATEPOST_ENCRYPTION_KEYS.`;

const output = terminal();
await runTask(output, async () => {
  readCommandLine({ task: "seal", summary: SUMMARY, options: {} }, Deno.args);
  const keys = Deno.env.get("GATEPOST_ENCRYPTION_KEYS");
  if (!keys) {
    throw new Problem("Cannot seal: set GATEPOST_ENCRYPTION_KEYS to the keys of the functions");
  }
  const secret = (await new Response(Deno.stdin.readable).text()).replace(/\r?\n$/, "");
  if (secret === "") {
    throw new Problem("Cannot seal: standard input is empty, pass the client secret to it");
  }
  output.print(await sealSecret(secret, configSecretOf(null), parseEncryptionKeys(keys)));
});
