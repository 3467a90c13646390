/**
 * Every mutant finds the defence that it takes out: a defence that moves takes its entry along.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { MUTANTS } from "../mutants/list.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("every mutant finds its defence, once, and its tests", async () => {
  const lost: string[] = [];
  for (const { defence, file, find, tests } of MUTANTS) {
    const source = await Deno.readTextFile(new URL(file, ROOT)).catch(() => "");
    if (source.split(find).length !== 2) {
      lost.push(`${defence}: ${file}`);
    }
    for (const test of tests) {
      await Deno.stat(new URL(test, ROOT)).catch(() => lost.push(`${defence}: ${test}`));
    }
  }

  assertEquals(lost, []);
});
