/**
 * Finds the Deno that Supabase's edge runtime corresponds to, installed from npm.
 *
 * @module
 */

const VERSION = "2.1.4";

/** The path of that Deno, or `undefined` with a line that says why where npm has none for this platform. */
export async function findEdgeDeno(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    // deno-lint-ignore no-console
    console.log(`The tests on Deno ${VERSION} are left out: they run on Linux x64`);
    return undefined;
  }
  const folder = `.output/deno-${VERSION}`;
  const binary = `${folder}/node_modules/@deno/linux-x64-glibc/deno`;
  if (!await Deno.stat(binary).then(() => true, () => false)) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({
        nodeModulesDir: "auto",
        imports: { deno: `npm:@deno/linux-x64-glibc@${VERSION}` },
      }),
    );
    const install = new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet"],
      cwd: folder,
      stdout: "null",
    });
    const { success } = await install.output();
    if (!success) {
      throw new Error(`Deno ${VERSION} cannot be installed from npm: see above`);
    }
    await Deno.chmod(binary, 0o755);
  }
  return await Deno.realPath(binary);
}
