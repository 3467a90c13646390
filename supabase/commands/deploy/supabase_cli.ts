/**
 * The Supabase CLI of whoever runs a task: the installed one, else the one in npm.
 *
 * @module
 */

import { Problem } from "../../local/problem.ts";

const IN_NPM = "supabase@3.1.0";

/** Runs a command of the CLI on this terminal. */
export async function runSupabase(args: string[]): Promise<void> {
  const code = await run("supabase", args) ?? await run("npx", ["-y", IN_NPM, ...args]);
  if (code === undefined) {
    throw new Problem("Install the Supabase CLI, or Node.js, which brings npx: neither is here");
  }
  if (code !== 0) {
    throw new Problem(`The Supabase CLI did not deploy: it ended with code ${code}, see above`);
  }
}

/** The exit code of a program; undefined where there is none of this name. */
async function run(program: string, args: string[]): Promise<number | undefined> {
  try {
    const { code } = await new Deno.Command(program, { args }).spawn().status;
    return code;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return undefined;
    }
    throw error;
  }
}
