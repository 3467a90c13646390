/**
 * A copy of the tree, in which defences can be taken out.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

/** The copy. It goes when it is disposed of. */
export interface Tree extends AsyncDisposable {
  /** Takes a defence out and returns what puts it back; throws when the text is not there exactly once. */
  apply: (mutant: Mutant) => Promise<() => Promise<void>>;
  /** Runs test files of the copy and counts. Nothing is counted when they cannot run. */
  runTests: (paths: string[], options?: string[]) => Promise<{ passed: number; failed: number }>;
}

const ROOT = new URL("../../", import.meta.url).pathname;

/** Copies what git knows of, as it is on the disk; installed packages are linked. */
export async function buildTree(importMap: string): Promise<Tree> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-mutants-" });
  await Deno.chmod(folder, 0o711);
  for (const path of (await list(["ls-files", "--cached", "--others", "--exclude-standard"]))) {
    const text = await Deno.readFile(`${ROOT}${path}`).catch(() => undefined);
    if (text !== undefined) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(`${folder}/${path}`, text);
    }
  }
  await Deno.symlink(`${ROOT}node_modules`, `${folder}/node_modules`);
  await Deno.mkdir(`${folder}/.output`, { recursive: true });
  if (importMap !== "import_map.json") {
    await Deno.copyFile(`${ROOT}${importMap}`, `${folder}/${importMap}`);
  }

  return {
    async apply({ file, find, replace }): Promise<() => Promise<void>> {
      const path = `${folder}/${file}`;
      const original = await Deno.readTextFile(path);
      const parts = original.split(find);
      if (parts.length !== 2) {
        throw new Error(`Cannot apply mutant: ${file} holds its text ${parts.length - 1} times: ${find}`);
      }
      await Deno.writeTextFile(path, parts.join(replace));
      await makeMigration(file);
      return async () => {
        await Deno.writeTextFile(path, original);
        await makeMigration(file);
      };
    },
    async runTests(paths, options = []): Promise<{ passed: number; failed: number }> {
      const report = `${folder}/.output/mutant.xml`;
      await Deno.remove(report).catch(() => undefined);
      await deno([
        ...["test", "--quiet", "--no-check", "--allow-all", "--unstable-no-legacy-abort"],
        ...[`--junit-path=${report}`, `--import-map=${importMap}`, ...options, ...paths],
      ]);
      const total = /<testsuites [^>]*>/.exec(await Deno.readTextFile(report).catch(() => ""))?.[0] ?? "";
      const read = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(total)?.[1] ?? 0);
      const failed = read("failures") + read("errors");
      return { passed: read("tests") - failed, failed };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };

  /** What is deployed follows from the schemas. */
  async function makeMigration(file: string): Promise<void> {
    if (file.startsWith("supabase/schemas/")) {
      await deno(["task", "--quiet", "schema"]);
    }
  }

  async function deno(args: string[]): Promise<void> {
    await new Deno.Command(Deno.execPath(), { args, cwd: folder, stdout: "null", stderr: "null" }).output();
  }
}

async function list(args: string[]): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", { args, cwd: ROOT }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}
