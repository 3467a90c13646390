/**
 * `supabase/README.md` names every attribute and counter that the functions send, and no other.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { COUNTERS } from "../../functions/_shared/telemetry/telemetry.ts";

const ROOT = new URL("../../", import.meta.url);
const NAME = /["`]((?:http|url|server|db|mcp|gen_ai|gatepost|error)\.(?!json)[a-z_.]+)["`]/g;
/** What the conventions have and the section says is left out. */
const LEFT_OUT = ["mcp.resource.uri", "mcp.session.id", "url.full", "url.path"];

async function* readSources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) {
      yield* readSources(`${folder}/${name}`);
    } else if (name.endsWith(".ts")) {
      yield await Deno.readTextFile(new URL(`${folder}/${name}`, ROOT));
    }
  }
}

function findNames(text: string): string[] {
  return [...text.matchAll(NAME)].map(([, name]) => name!);
}

async function readSection(): Promise<string> {
  const readme = await Deno.readTextFile(new URL("supabase/README.md", ROOT));
  return /\n## Observability\n([^]*?)\n## /.exec(readme)?.[1] ?? "";
}

Deno.test("every attribute and counter is in the section Observability, and nothing else is", async () => {
  const sent = new Set((await Array.fromAsync(readSources("functions"))).flatMap(findNames));

  const documented = new Set(findNames(await readSection()));

  assertEquals([...documented].sort(), [...sent, ...LEFT_OUT].sort());
});

Deno.test("every counter has a row in the section Observability, with its description", async () => {
  const rows = [...(await readSection()).matchAll(/^\| `(gatepost\.[a-z.]+)` +\|.*\| (\S.*?) +\|$/gm)];

  const described = Object.entries(COUNTERS).map(([name, description]) => [name, description.toLowerCase()]);

  assertEquals(rows.map(([, name, description]) => [name, description!.toLowerCase()]), described);
});
