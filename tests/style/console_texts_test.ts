/**
 * The console's languages say the same: every text is there in each, and takes the same gaps.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { DE } from "../../supabase/console/texts/de.ts";
import { EN } from "../../supabase/console/texts/en.ts";

/** Every text's name with the number of its gaps, such as `members.invited(1)`. */
function listTexts(texts: object, before = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) => {
    const name = before + key;
    if (typeof value === "function") {
      return [`${name}(${value.length})`];
    }
    return typeof value === "object" ? listTexts(value, `${name}.`) : [name];
  }).sort();
}

/** The texts that are empty. */
function listEmpty(texts: object, before = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) => {
    const name = before + key;
    return typeof value === "object"
      ? listEmpty(value, `${name}.`)
      : String(value).trim() === ""
      ? [name]
      : [];
  });
}

Deno.test("every language has the texts of every other, with the same gaps", () => {
  assertEquals(listTexts(DE), listTexts(EN));
});

Deno.test("no text is empty", () => {
  assertEquals([...listEmpty(EN), ...listEmpty(DE)], []);
});

Deno.test("a text that one language lacks would be found", () => {
  const { shell: { menu: _, ...shell }, ...others } = DE;

  const missing = listTexts(EN).filter((name) => !listTexts({ ...others, shell }).includes(name));

  assertEquals(missing, ["shell.menu"]);
});
