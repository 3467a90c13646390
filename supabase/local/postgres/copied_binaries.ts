/**
 * A copy of the binaries, for a stand-in who has no access to the project.
 *
 * The copy belongs to root, because all stacks of this machine run it and only
 * root may change it.
 *
 * @module
 */

import { Problem } from "../problem.ts";
import { linkLibraries } from "./binaries.ts";
import type { StandIn } from "./stand_in.ts";

/** The folder of the copy. Makes the copy if it does not exist. */
export async function copyBinaries(from: string, user: StandIn): Promise<string> {
  const { version } = JSON.parse(await Deno.readTextFile(`${from}/../package.json`)) as { version: string };
  const copy = `/var/tmp/gatepost-postgres-${version}`;
  const existing = await Deno.lstat(copy).catch(() => undefined);
  if (existing === undefined) {
    await makeCopy(from, copy, user);
  }
  const { isDirectory, uid } = await Deno.lstat(copy);
  if (isDirectory && uid === 0) {
    return copy;
  }
  throw new Problem(`${copy} belongs to somebody else: remove it`);
}

/** Another stack may make the same copy at the same time: the first one to finish is used. */
async function makeCopy(from: string, copy: string, user: StandIn): Promise<void> {
  const unfinished = await Deno.makeTempDir({ dir: "/var/tmp" });
  await copyTree(from, unfinished, user);
  await linkLibraries(unfinished);
  await Deno.rename(unfinished, copy).catch(() => Deno.remove(unfinished, { recursive: true }));
}

async function copyTree(from: string, to: string, user: StandIn): Promise<void> {
  await Deno.chown(to, 0, user.gid);
  await Deno.chmod(to, 0o750);
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) {
      await Deno.mkdir(target);
      await copyTree(source, target, user);
    }
    if (!entry.isFile) {
      continue;
    }
    await Deno.copyFile(source, target);
    await Deno.chown(target, 0, user.gid);
  }
}
