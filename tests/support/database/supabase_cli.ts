/**
 * The Supabase CLI, as a project's developers run it, against a database of the tests.
 *
 * @module
 */

import { installBinary } from "../run/npm_binary.ts";

const VERSION = "3.1.0";

/** What a command said, and whether it was content. */
export interface CommandResult {
  success: boolean;
  stdout: string;
  stderr: string;
}

/** The path of the CLI, which is installed unless it is there. */
export async function installSupabase(): Promise<string> {
  const architecture = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  return await installBinary({
    package: `@supabase/cli-${Deno.build.os}-${architecture}`,
    version: VERSION,
    file: "bin/supabase",
  });
}

/** The variables by which it keeps to a home of its own, and tells nobody. */
export function quietVariables(home: string): Record<string, string> {
  return {
    SUPABASE_HOME: home,
    SUPABASE_NO_UPDATE_NOTIFIER: "1",
    SUPABASE_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
}

/** Runs a command of the CLI on a database. It has a home of its own, and tells nobody. */
export async function runSupabase(databaseUrl: string, ...args: string[]): Promise<CommandResult> {
  const binary = await installSupabase();
  const home = await Deno.makeTempDir({ prefix: "gatepost-cli-" });
  try {
    const { success, stdout, stderr } = await new Deno.Command(binary, {
      args: [...args, `--remote=${databaseUrl}`],
      cwd: home,
      clearEnv: true,
      env: {
        HOME: home,
        ...quietVariables(home),
        // A refused attempt at TLS would be mentioned in the midst of the output.
        PGSSLMODE: "disable",
      },
      stdin: "null",
    }).output();
    const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { success, stdout: said ?? "", stderr: complained ?? "" };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
