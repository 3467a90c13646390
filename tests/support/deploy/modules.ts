/**
 * Which modules a function loads when it starts from its sources: its own and those of its packages.
 *
 * Reads the static imports of each module, as Deno follows them. What is
 * imported at a request is not followed, and neither are types.
 *
 * @module
 */

import { isBuiltin } from "node:module";

const ROOT = new URL("../../../", import.meta.url);
const PACKAGES = new URL("node_modules/.deno/", ROOT);

/** A module's source, and the package it is part of; our own have none. */
export interface LoadedModule {
  path: string;
  package: string | undefined;
  bytes: number;
}

const { imports } = JSON.parse(await Deno.readTextFile(new URL("import_map.json", ROOT))) as {
  imports: Record<string, string>;
};

/** Every module that is loaded with this one, by path from the root of the repository. */
export async function listLoadedModules(entrypoint: string): Promise<LoadedModule[]> {
  const loaded = new Map<string, LoadedModule>();
  const pending = [new URL(entrypoint).href];
  for (let url = pending.pop(); url !== undefined; url = pending.pop()) {
    if (loaded.has(url)) {
      continue;
    }
    const source = await Deno.readTextFile(new URL(url));
    const path = url.slice(ROOT.href.length);
    loaded.set(url, { path, package: toPackage(path), bytes: new TextEncoder().encode(source).length });
    for (const specifier of findImports(source)) {
      const target = await resolve(specifier, url);
      pending.push(...(target === undefined ? [] : [target]));
    }
  }
  return [...loaded.values()];
}

/** The package of a module below `node_modules`; undefined for a module of this repository. */
export function toPackage(path: string): string | undefined {
  return /node_modules\/\.deno\/[^/]+\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

/** What a module imports before it runs. */
function findImports(source: string): string[] {
  const code = source.replace(/\/\*[^]*?\*\//g, "");
  return [
    ...code.matchAll(/^\s*import\s+(?!type\b)(?:[\w*{][^;'"]*?\sfrom\s*)?["']([^"']+)["']/gm),
    ...code.matchAll(/^\s*export\s+(?!type\b)[*{][^;'"]*?\sfrom\s*["']([^"']+)["']/gm),
    ...code.matchAll(/\brequire\(["']([^"']+)["']\)/g),
  ].map(([, specifier]) => specifier!);
}

async function resolve(specifier: string, importer: string): Promise<string | undefined> {
  if (specifier.startsWith("node:") || isBuiltin(specifier)) {
    return undefined;
  }
  if (specifier.startsWith(".")) {
    return await complete(new URL(specifier, importer));
  }
  const wanted = (imports[specifier] ?? specifier).replace(/^npm:/, "");
  const [, name = "", version, subpath = ""] = /^((?:@[^/]+\/)?[^/@]+)(?:@([^/]+))?(\/.*)?$/.exec(wanted) ??
    [];
  const folder = await findFolder(name, version, importer);
  const { exports, main = "index.js" } = JSON.parse(await Deno.readTextFile(new URL("package.json", folder)));
  // Deno, as Node.js, does not know the field `module`: a package without exports is loaded by its main file.
  return await complete(new URL(exports === undefined ? main : findExport(exports, `.${subpath}`), folder));
}

/** The file that is meant: a CommonJS module leaves out the end of a name. */
async function complete(url: URL): Promise<string> {
  for (const end of ["", ".js", "/index.js"]) {
    if (await Deno.stat(new URL(url.href + end)).then(({ isFile }) => isFile, () => false)) {
      return url.href + end;
    }
  }
  throw new Error(`Nothing is at ${url.href}`);
}

/** The folder of a package, as whoever imports it sees it. */
async function findFolder(name: string, version: string | undefined, importer: string): Promise<URL> {
  if (version !== undefined) {
    return new URL(`${name.replace("/", "+")}@${version}/node_modules/${name}/`, PACKAGES);
  }
  const [siblings = ""] = /^.*\/node_modules\/\.deno\/[^/]+\/node_modules\//.exec(importer) ?? [];
  return new URL(`file://${await Deno.realPath(new URL(name, siblings))}/`);
}

/** What a package exports to an import in Deno, in the order in which it lists its conditions. */
function findExport(exports: unknown, subpath: string): string {
  if (typeof exports === "string") {
    return exports;
  }
  const entries = Object.entries(exports as Record<string, unknown>);
  if (!entries.some(([key]) => key.startsWith("."))) {
    const [, chosen] = entries.find(([key]) => ["deno", "node", "import", "default"].includes(key)) ?? [];
    return findExport(chosen, subpath);
  }
  for (const [key, target] of entries) {
    const [start, end] = key.split("*") as [string, string?];
    if (key === subpath) {
      return findExport(target, ".");
    }
    if (end !== undefined && subpath.startsWith(start) && subpath.endsWith(end)) {
      const star = subpath.slice(start.length, subpath.length - end.length);
      return findExport(target, ".").replaceAll("*", star);
    }
  }
  throw new Error(`Nothing is exported as ${subpath}`);
}
