/**
 * Reads which functions there are: the `[functions.*]` of `config.toml`.
 *
 * @module
 */

import { parse } from "smol-toml";
import { Problem, toSentence } from "../problem.ts";

/** One Edge Function. */
export interface FunctionSettings {
  name: string;
  /** File URL of its module. */
  entrypoint: string;
  /** Whether the gateway demands a token of Supabase Auth. */
  verifyJwt: boolean;
}

type Entry = { enabled?: boolean; entrypoint?: string; verify_jwt?: boolean };

/** The functions that `supabase/config.toml` lists and enables. */
export async function readFunctionSettings(supabaseFolder: string): Promise<FunctionSettings[]> {
  const path = `${supabaseFolder}config.toml`;
  try {
    const { functions = {} } = parse(await Deno.readTextFile(path)) as { functions?: Record<string, Entry> };
    return Object.entries(functions)
      .filter(([, entry]) => entry.enabled !== false)
      .map(([name, entry]) => ({
        name,
        entrypoint: new URL(entry.entrypoint ?? `./functions/${name}/index.ts`, `file://${path}`).href,
        verifyJwt: entry.verify_jwt !== false,
      }));
  } catch (error) {
    throw new Problem(`Cannot read ${path}: ${toSentence(error)}`);
  }
}
