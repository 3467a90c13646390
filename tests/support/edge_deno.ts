/**
 * Finds the Deno that Supabase's edge runtime corresponds to, installed from npm.
 *
 * @module
 */

import { installBinary } from "./npm_binary.ts";

const VERSION = "2.1.4";

/** The path of that Deno, or `undefined` with a line that says why where npm has none for this platform. */
export async function findEdgeDeno(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    // deno-lint-ignore no-console
    console.log(`The tests on Deno ${VERSION} are left out: they run on Linux x64`);
    return undefined;
  }
  return await installBinary({ package: "@deno/linux-x64-glibc", version: VERSION, file: "deno" });
}
