/**
 * Type-checks everything at once: a suite alone would check again what it shares with the others.
 *
 * @module
 */

/** Checks functions, supabase and tests, and shows what is wrong. */
export async function checkTypes(importMap: string): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", `--import-map=${importMap}`, "functions", "supabase", "tests"],
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return success;
}
