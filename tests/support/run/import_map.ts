/**
 * Picks the import map for the tests.
 *
 * The project's own names `jsr:@std/assert`. Where JSR cannot be reached a
 * copy of it, with the stand-in of this folder in that one place, takes over.
 *
 * @module
 */

const OFFLINE_MAP = ".output/import_map_offline.json";
const REACH_MILLISECONDS = 5_000;

/** The path of the import map that works here. Says so in one line when it is not the project's own. */
export async function pickImportMap(): Promise<string> {
  if (await reachesJsr()) {
    return "import_map.json";
  }
  const map = JSON.parse(await Deno.readTextFile("import_map.json")) as { imports: Record<string, string> };
  map.imports["@std/assert"] = "../tests/support/run/assert_offline.ts";
  await Deno.mkdir(".output", { recursive: true });
  await Deno.writeTextFile(OFFLINE_MAP, JSON.stringify(map, null, 2));
  // deno-lint-ignore no-console
  console.log("JSR cannot be reached: tests/support/run/assert_offline.ts stands in for @std/assert");
  return OFFLINE_MAP;
}

async function reachesJsr(): Promise<boolean> {
  try {
    const response = await fetch("https://jsr.io/@std/assert/meta.json", {
      signal: AbortSignal.timeout(REACH_MILLISECONDS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
