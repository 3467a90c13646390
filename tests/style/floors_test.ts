/**
 * The order of the floors: which room of `functions/` may import which.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

/** The rooms of `functions/_shared`, from the top floor down. Imports go down this list only. */
const ROOMS = ["upstream", "client", "tokens", "database", "http", "secrets", "telemetry"];
/** What stands beside the rooms, below all of them; it imports nothing but its like. */
const BESIDE = [
  "bounded_store.ts",
  "config.ts",
  "errors.ts",
  "exact_json.ts",
  "expiring_cache.ts",
  "log.ts",
  "urls.ts",
  "worker.ts",
];
/** The functions that fetch from addresses which somebody configured. No other loads the address library. */
const FETCHING = [
  ...["mcp", "oauth-authorize", "oauth-callback", "oauth-configs", "oauth-connections"],
  // A client's keys, and whether their address may be fetched.
  ...["oauth-introspect", "oauth-register", "oauth-revoke", "oauth-token"],
];

interface Import {
  from: string;
  to: string;
  /** Types are gone when the code runs. */
  isType: boolean;
}

/** Every import of one module of `functions/` by another. */
const imports = (await Promise.all((await listModules("functions")).map(readImports))).flat();

async function listModules(folder: string): Promise<string[]> {
  const modules: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}/${name}`;
    modules.push(...(isDirectory ? await listModules(path) : path.endsWith(".ts") ? [path] : []));
  }
  return modules;
}

async function readImports(from: string): Promise<Import[]> {
  const source = await Deno.readTextFile(new URL(from, ROOT));
  return [...source.matchAll(/^import (type )?[^;]*?from "(\.[^"]+)";/gm)].map(([, type, path]) => ({
    from,
    to: new URL(path!, new URL(from, ROOT)).href.slice(ROOT.href.length),
    isType: type !== undefined,
  }));
}

/** The floor of a module, counted from below: what stands beside the rooms, the rooms, the functions. */
function floorOf(path: string): number {
  const [, folder, room = ""] = path.split("/");
  if (folder !== "_shared") {
    return ROOMS.length + 1;
  }
  return BESIDE.includes(room) ? 0 : ROOMS.length - ROOMS.indexOf(room);
}

/** Whether an import goes down, or stays in its room or its function. */
function isAllowed({ from, to }: Pick<Import, "from" | "to">): boolean {
  const room = (path: string): string => path.split("/").slice(0, path.includes("_shared") ? 3 : 2).join("/");
  return room(from) === room(to) || floorOf(to) < floorOf(from) || (floorOf(from) === 0 && floorOf(to) === 0);
}

Deno.test("every module of _shared stands in a room, or beside them", () => {
  const paths = imports.flatMap(({ from, to }) => [from, to]).filter((path) => path.includes("_shared"));

  const homeless = paths.filter((path) => ![...ROOMS, ...BESIDE].includes(path.split("/")[2]!));

  assertEquals(homeless, []);
});

Deno.test("imports go down the floors only, and a function imports itself and _shared", () => {
  const refused = imports.filter((edge) => !isAllowed(edge)).map(({ from, to }) => `${from} → ${to}`);

  assertEquals(refused, []);
});

const UPWARDS: [from: string, to: string][] = [
  ["functions/_shared/http/body.ts", "functions/_shared/client/metadata.ts"],
  ["functions/_shared/secrets/secrets.ts", "functions/_shared/http/body.ts"],
  ["functions/_shared/errors.ts", "functions/_shared/http/body.ts"],
  ["functions/_shared/database/database.ts", "functions/oauth-token/grant.ts"],
  ["functions/oauth-token/handler.ts", "functions/oauth-revoke/handler.ts"],
];
for (const [from, to] of UPWARDS) {
  Deno.test(`an import from ${from} to ${to} would be refused`, () => {
    assertEquals(isAllowed({ from, to }), false);
  });
}

Deno.test("no module imports itself by way of others", () => {
  const circles = [...new Set(imports.map(({ from }) => from))].filter((module) => reach(module).has(module));

  assertEquals(circles, []);
});

Deno.test("a function loads what it needs: the address library only where it fetches, no database for the keys", () => {
  const loading = (module: string): string[] =>
    [...new Set(imports.map(({ from }) => from.split("/")[1]!))]
      .filter((name) => reach(`functions/${name}/index.ts`, ({ isType }) => !isType).has(module))
      .sort();

  assertEquals(loading("functions/_shared/http/safe_fetch.ts"), FETCHING);
  assertEquals(loading("functions/_shared/database/database.ts").includes("oauth-jwks"), false);
});

Deno.test("only the function that saves configs loads the doctor and the presets", () => {
  const rooms = /^functions\/_shared\/upstream\/(doctor|presets)\//;
  const loading = [...new Set(imports.map(({ from }) => from.split("/")[1]!))].filter((name) =>
    [...reach(`functions/${name}/index.ts`, ({ isType }) => !isType)].some((module) => rooms.test(module))
  );

  assertEquals(loading, ["oauth-configs"]);
});

/** Every module that one imports, by way of others too. */
function reach(module: string, counts: (edge: Import) => boolean = () => true): Set<string> {
  const reached = new Set<string>();
  const pending = [module];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const edge of imports.filter(({ from }) => from === next).filter(counts)) {
      if (!reached.has(edge.to)) {
        reached.add(edge.to);
        pending.push(edge.to);
      }
    }
  }
  return reached;
}
