/**
 * Installs clients from npm as their users do, each in a folder of its own below `.output/clients`.
 *
 * Versions are pinned; a folder that is there is taken as it is. The Node.js
 * that a client wants is installed the same way.
 *
 * @module
 */

const FOLDER = new URL("../../../.output/clients/", import.meta.url).pathname;

/** The Node.js of each major version that a client may want. */
const NODES = { 22: "22.23.3", 24: "24.21.0" } as const;

/** A major version of Node.js. */
export type NodeVersion = keyof typeof NODES;

/** The folder of a package, below which it is in `node_modules`. */
export async function installPackage(name: string, version: string): Promise<string> {
  const folder = `${FOLDER}${name.replaceAll("/", "+")}-${version}`;
  const done = `${folder}/installed`;
  if (await Deno.stat(done).then(() => true, () => false)) {
    return folder;
  }
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/package.json`,
    JSON.stringify({ private: true, type: "module", dependencies: { [name]: version } }),
  );
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
    cwd: folder,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`${name} ${version} cannot be installed: ${new TextDecoder().decode(stderr)}`);
  }
  await Deno.writeTextFile(done, "");
  return folder;
}

/** The program of a Node.js. */
export async function installNode(major: NodeVersion): Promise<string> {
  const folder = await installPackage("node", NODES[major]);
  return `${folder}/node_modules/node/bin/node`;
}

/** The program of the Node.js that is installed here, if one is. */
export async function findNode(): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const isThere = await Deno.stat(`${folder}/node`).then(({ isFile }) => isFile, () => false);
    if (isThere) {
      return `${folder}/node`;
    }
  }
  return undefined;
}
