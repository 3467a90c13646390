/**
 * `deno task status`: prints the addresses and keys of the running stack.
 *
 * @module
 */

import { readStatusArguments } from "./arguments.ts";
import { terminal } from "../local/output.ts";
import { runTask } from "./run_task.ts";
import { readStatus } from "../local/stack_status.ts";

const output = terminal();

await runTask(output, async () => {
  const { dataDir } = readStatusArguments(Deno.args);
  output.print(JSON.stringify(await readStatus(dataDir), null, 2));
});
