/**
 * Makes one file of every function, and a project of the Supabase CLI around them.
 *
 * A bundle has all packages in it and nothing that its function does not use.
 * It is minified, because most of a cold start is reading source. Names of
 * functions and classes are kept: the log names errors and the frame that threw
 * them. A source map lies beside it, which the CLI does not upload. What is
 * imported while the function runs is in the same file, and is evaluated when it
 * is asked for. Of supabase-js there is what calls the REST layer. The client of
 * PostgreSQL and OpenTelemetry's packages are left out unless they are asked
 * for: most deployments need none.
 *
 * @module
 */

import { parse, stringify } from "smol-toml";
import { Problem } from "../../local/problem.ts";

const ROOT = new URL("../../../", import.meta.url);
/** Stands in for the client of PostgreSQL where a bundle has none. */
const NO_POSTGRES = new URL("no_postgres.ts", import.meta.url).href;
/** Stands in for supabase-js: its part for the REST layer alone. */
const REST_CLIENT = new URL("rest_client.ts", import.meta.url).href;
/** The module that imports OpenTelemetry's packages, and what stands in for it where a bundle has none. */
const RECORD = new URL("functions/_shared/telemetry/record.ts", ROOT).href;
const NO_TELEMETRY = new URL("no_telemetry.ts", import.meta.url).href;

/**
 * What Deno gives to an npm package and not to a file: a package in a bundle is part of a file.
 *
 * `nanoid` and `postgres` take it for granted. `process` is global for both.
 */
const NODE_GLOBALS = `import { Buffer } from "node:buffer";
import { clearImmediate, setImmediate } from "node:timers";
const global = globalThis;
`;

/** The client of PostgreSQL is a CommonJS package, which asks for modules of Node.js by this function. */
const NODE_REQUIRE = `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
`;

/** A function, as `config.toml` says it. */
type Entry = Record<string, unknown> & { entrypoint: string };

/** What is in the bundles. */
export interface BundleOptions {
  /** The client of PostgreSQL, so that `GATEPOST_DATABASE_URL` may be set. */
  direct?: boolean;
  /** OpenTelemetry's packages, so that `GATEPOST_OTLP_ENDPOINT` may be set. */
  telemetry?: boolean;
}

/** Writes `supabase/config.toml` and one file for each function into a folder. The CLI deploys it with `--workdir`. */
export async function bundleFunctions(folder: string, options: BundleOptions = {}): Promise<string[]> {
  const { project_id, functions } = parse(
    await Deno.readTextFile(new URL("supabase/config.toml", ROOT)),
  ) as unknown as { project_id: string; functions: Record<string, Entry> };
  const names = Object.keys(functions);
  for (const name of names) {
    const source = new URL(functions[name]!.entrypoint, new URL("supabase/", ROOT)).pathname;
    await bundle(source, `${folder}/supabase/functions/${name}/index.js`, options);
  }
  const bundled = Object.fromEntries(names.map((name) => [name, toBundled(name, functions[name]!)]));
  await Deno.writeTextFile(
    `${folder}/supabase/config.toml`,
    `# Written by deno task bundle.\n${stringify({ project_id, functions: bundled })}\n`,
  );
  return names;
}

/** The same function with its bundle; a bundle needs no import map. */
function toBundled(name: string, { import_map: _, ...entry }: Entry): Entry {
  return { ...entry, entrypoint: `./functions/${name}/index.js` };
}

/** Makes one file of a module and of all that it imports. */
export async function bundle(
  source: string,
  file: string,
  options: BundleOptions = {},
): Promise<void> {
  const { direct = false } = options;
  const importMap = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(importMap, await buildImportMap(options));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=deno",
      "--minify",
      "--keep-names",
      "--sourcemap=external",
      `--config=${new URL("deno.json", ROOT).pathname}`,
      `--import-map=${importMap}`,
      `--output=${file}`,
      source,
    ],
    cwd: ROOT.pathname,
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(importMap);
  if (!success) {
    throw new Problem(`Cannot bundle ${source}: ${new TextDecoder().decode(stderr).trim()}`);
  }
  await Deno.writeTextFile(file, NODE_GLOBALS + (direct ? NODE_REQUIRE : "") + await Deno.readTextFile(file));
}

/** The project's import map, with what is left out in the place of what is not asked for. */
async function buildImportMap({ direct = false, telemetry = false }: BundleOptions): Promise<string> {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("import_map.json", ROOT))) as {
    imports: Record<string, string>;
  };
  return JSON.stringify({
    imports: {
      ...imports,
      "@supabase/supabase-js": REST_CLIENT,
      ...(direct ? {} : { pg: NO_POSTGRES }),
      ...(telemetry ? {} : { [RECORD]: NO_TELEMETRY }),
    },
  });
}
