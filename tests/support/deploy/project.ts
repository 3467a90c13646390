/**
 * A project with every function deployed: each runs alone, over the stack's database and provider.
 *
 * @module
 */

import { functionVariables } from "../../../supabase/local/functions/function_variables.ts";
import type { TestStack } from "../stack/stack.ts";
import { startDeployed } from "./deployed_function.ts";
import type { FunctionsFront } from "./functions_front.ts";
import type { Upload } from "./management_api.ts";

/** Starts what was uploaded, and leads the address to it. */
export async function startProject(
  uploads: Map<string, Upload>,
  front: FunctionsFront,
  stack: TestStack,
  env: Record<string, string> = {},
): Promise<AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  const variables = functionVariables(stack.status.API_URL, stack.secrets, {
    env: { GATEPOST_PUBLIC_URL: front.publicUrl, ...env },
  });
  const origins = new Map<string, string>();
  for (const [name, upload] of uploads) {
    origins.set(name, started.use(await startDeployed(upload, variables)).origin);
  }
  front.lead(origins);
  return started.move();
}
