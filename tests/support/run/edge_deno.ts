/**
 * Finds the Deno that Supabase's edge runtime corresponds to, installed from npm.
 *
 * @module
 */

import { installBinary } from "./npm_binary.ts";

/** The level of that Deno. */
export const EDGE_DENO_VERSION = "2.1.4";

/** The path of that Deno, or `undefined` with a line that says why where npm has none for this platform. */
export async function findEdgeDeno(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    // deno-lint-ignore no-console
    console.log(`Deno ${EDGE_DENO_VERSION} is left out: npm has it for Linux x64`);
    return undefined;
  }
  return await installBinary({ package: "@deno/linux-x64-glibc", version: EDGE_DENO_VERSION, file: "deno" });
}
