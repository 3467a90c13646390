/**
 * The console explains a reason as `supabase/REASONS.md` does, and every one of them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { REASONS_DE } from "../../supabase/console/texts/reasons/de.ts";
import { REASONS_EN } from "../../supabase/console/texts/reasons/en.ts";

const PAGE = new URL("../../supabase/REASONS.md", import.meta.url);
const LINE = /^\| `(\w+)` *\| (.+?) *\| (.+?) *\|$/gm;

/** The lines of the page, as the console has them. */
async function readPage(): Promise<Record<string, { meaning: string; remedy: string }>> {
  const lines = (await Deno.readTextFile(PAGE)).matchAll(LINE);
  return Object.fromEntries([...lines].map((
    [, reason, meaning, remedy],
  ) => [reason!, { meaning: meaning!, remedy: remedy! }]));
}

/** What stands between backticks: names, which no language translates. */
function listNames(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!).sort();
}

Deno.test("the console's English sentences for reasons are those of supabase/REASONS.md", async () => {
  assertEquals<Record<string, unknown>>(REASONS_EN, await readPage());
});

Deno.test("every language explains every reason, and names the same settings", () => {
  const names = (reasons: Record<string, { meaning: string; remedy: string }>): Record<string, string[]> =>
    Object.fromEntries(
      Object.entries(reasons).map(([reason, { meaning, remedy }]) => [
        reason,
        listNames(`${meaning} ${remedy}`),
      ]).sort(),
    );

  assertEquals(names(REASONS_DE), names(REASONS_EN));
});
