/**
 * Generates `functions/_shared/database/types.ts` from a database that has the migrations.
 *
 * @module
 */

import { runSupabase } from "./supabase_cli.ts";

/** Where the generated types are kept. */
export const TYPES_FILE = new URL("../../../functions/_shared/database/types.ts", import.meta.url).pathname;

const HEADER = `/**
 * The database's schema, as \`supabase gen types\` says it. Made by \`deno task types\`; never edited.
 *
 * @module
 */

`;

/** The text of the file, formatted as this project is. */
export async function generateTypes(databaseUrl: string): Promise<string> {
  const { success, stdout, stderr } = await runSupabase(
    databaseUrl,
    ...["gen", "types", "--lang", "typescript", "--schema", "public"],
  );
  if (!success) {
    throw new Error(`supabase gen types failed: ${stderr}`);
  }
  return await format(HEADER + stdout);
}

async function format(text: string): Promise<string> {
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const formatting = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--config", config, "--ext", "ts", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const written = new Blob([text]).stream().pipeTo(formatting.stdin);
  const [{ success, stdout }] = await Promise.all([formatting.output(), written]);
  if (!success) {
    throw new Error("The generated types cannot be formatted: see above");
  }
  return new TextDecoder().decode(stdout);
}
