/**
 * No name has two meanings: what a module exports has a name of its own in all of `functions/`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

interface Named {
  name: string;
  path: string;
  isExported: boolean;
}

async function listFunctions(folder: string): Promise<Named[]> {
  const found: Named[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      found.push(...(await listFunctions(path)));
    } else if (path.endsWith(".ts")) {
      found.push(...readFunctions(path, await Deno.readTextFile(new URL(path, ROOT))));
    }
  }
  return found;
}

/** The functions at the top of a module, and the calls that it defines. */
function readFunctions(path: string, source: string): Named[] {
  const pattern = /^(export )?(?:async )?(?:function (\w+)|const (\w+) = define)/gm;
  return [...source.matchAll(pattern)].map(([, exported, declared, defined]) => ({
    name: declared ?? defined!,
    path,
    isExported: exported !== undefined,
  }));
}

/** The exported names that another module has, too. */
function findShared(functions: readonly Named[]): string[] {
  return functions
    .filter(({ isExported }) => isExported)
    .filter(({ name, path }) => functions.some((other) => other.name === name && other.path !== path))
    .map(({ name, path }) => `${name} (${path})`);
}

Deno.test("an exported function has a name that no other module gives to one of its own", async () => {
  const functions = await listFunctions("functions");

  assertEquals(functions.length > 100, true);
  assertEquals(findShared(functions), []);
});

Deno.test("a name that is exported here and private there would be found", () => {
  const functions = [
    ...readFunctions("a.ts", "export function explainFailure(): void {}\nfunction pause(): void {}"),
    ...readFunctions("b.ts", "async function explainFailure() {}\nfunction pause(): void {}"),
  ];

  assertEquals(findShared(functions), ["explainFailure (a.ts)"]);
});
