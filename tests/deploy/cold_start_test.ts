/**
 * Ceilings of what a cold start has to read: counts, which are the same on every machine.
 *
 * How long that takes is `deno task bench:cold`'s to say.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { bundleFunctions } from "../../supabase/commands/deploy/bundle_functions.ts";
import { compress } from "../support/deploy/compress.ts";
import { listLoadedModules } from "../support/deploy/modules.ts";

const ROOT = new URL("../../", import.meta.url);
const FOLDER = new URL(".output/bundle_ceilings/", ROOT).pathname;

/** Of each function: modules and kilobytes from its sources, and kilobytes of its compressed bundle. */
const CEILINGS: [name: string, modules: number, kilobytes: number, compressed: number][] = [
  ["mcp", 235, 2150, 82],
  ["oauth", 165, 1900, 25],
  ["oauth-authorize", 210, 2050, 61],
  ["oauth-callback", 215, 2200, 62],
  ["oauth-configs", 240, 2250, 68],
  ["oauth-connections", 216, 2100, 64],
  ["oauth-introspect", 205, 2100, 45],
  ["oauth-jwks", 25, 80, 8],
  ["oauth-register", 190, 2000, 31],
  ["oauth-revoke", 216, 2100, 60],
  ["oauth-token", 220, 2150, 53],
  ["oauth-userinfo", 180, 1950, 32],
];

Deno.test("no bundle is larger than its ceiling, and every function has one", async () => {
  const names = await bundleFunctions(FOLDER);

  assertEquals(names.sort(), CEILINGS.map(([name]) => name));
  for (const [name, , , kilobytes] of CEILINGS) {
    const bytes = await compress(`${FOLDER}supabase/functions/${name}/index.js`);
    assert(bytes <= kilobytes * 1000, `${name}: ${bytes} bytes compressed, at most ${kilobytes} kB`);
  }
});

for (const [name, modules, kilobytes] of CEILINGS) {
  Deno.test(`${name} loads at most ${modules} modules from its sources`, async () => {
    const loaded = await listLoadedModules(`${ROOT.href}functions/${name}/index.ts`);

    const bytes = loaded.reduce((total, module) => total + module.bytes, 0);
    assert(loaded.length <= modules, `${loaded.length} modules`);
    assert(bytes <= kilobytes * 1000, `${bytes} bytes`);
  });
}

Deno.test("oauth-jwks loads neither a database client nor a schema library", async () => {
  const loaded = await listLoadedModules(`${ROOT.href}functions/oauth-jwks/index.ts`);

  assertEquals([...new Set(loaded.map((module) => module.package))].sort(), ["jose", undefined]);
});
