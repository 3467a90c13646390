/**
 * `deno task seal`: seals the client secret of a provider that belongs to the platform.
 *
 * Organizations save theirs through the function `oauth-configs`. A config
 * without organization is a row that the operator inserts, under an id that the
 * operator chooses: the secret is sealed for that row. This prints what its
 * `client_secret_ciphertext` must be. Reads the secret from standard input and
 * `GATEPOST_ENCRYPTION_KEYS` from the environment.
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
  const { words: [id] } = readCommandLine({
    task: "seal",
    summary: SUMMARY,
    word: { name: "ID", description: "the id of the config's row, such as coac_platform" },
    options: {},
  }, Deno.args);
  if (id === undefined) {
    throw new Problem("Cannot seal: give the id of the config's row, such as coac_platform");
  }
  const keys = Deno.env.get("GATEPOST_ENCRYPTION_KEYS");
  if (!keys) {
    throw new Problem("Cannot seal: set GATEPOST_ENCRYPTION_KEYS to the keys of the functions");
  }
  const secret = (await new Response(Deno.stdin.readable).text()).replace(/\r?\n$/, "");
  if (secret === "") {
    throw new Problem("Cannot seal: standard input is empty, pass the client secret to it");
  }
  output.print(
    await sealSecret(secret, configSecretOf({ id, organization_id: null }), parseEncryptionKeys(keys)),
  );
});
