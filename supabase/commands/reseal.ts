/**
 * `deno task reseal`: seals every secret in the database under the first encryption key.
 *
 * For the embedded stack, or with `--project` for the project that the
 * environment names. It may be stopped and started again at any time.
 *
 * @module
 */

import { terminal } from "../local/output.ts";
import { Problem } from "../local/problem.ts";
import { readResealArguments } from "./arguments.ts";
import { runTask } from "./run_task.ts";
import { openSecrets } from "./secrets/access.ts";
import { type ResealProgress, resealSecrets } from "./secrets/reseal.ts";

/** How often progress is told. */
const TELL_MILLISECONDS = 1_000;

const output = terminal();
await runTask(output, async () => {
  const access = await openSecrets(readResealArguments(Deno.args));
  let told = performance.now();
  const { examined, resealed, unreadable } = await resealSecrets(access, (progress) => {
    if (performance.now() - told >= TELL_MILLISECONDS) {
      told = performance.now();
      output.step(describe(progress));
    }
  });
  output.step(describe({ examined, resealed, unreadable }));
  if (unreadable > 0) {
    throw new Problem(
      `${unreadable} secrets cannot be opened: add their key to GATEPOST_ENCRYPTION_KEYS, or their logins end`,
    );
  }
  output.print(`Everything stands under the key ${access.encryptionKeys.sealing}`);
});

function describe({ examined, resealed }: ResealProgress): string {
  return `${examined} rows examined, ${resealed} secrets sealed anew`;
}
