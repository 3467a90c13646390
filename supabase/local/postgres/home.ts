/**
 * Where a cluster lives: in the data folder, unless its user cannot get there.
 *
 * Root may keep the project below a folder that is closed to everyone else,
 * such as /root. The stand-in who runs PostgreSQL then reaches neither the
 * binaries nor the data, so both get a home of their own in /var/tmp, in a
 * folder named after the data folder.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { type DataFolder } from "../data_folder.ts";
import { type Output } from "../output.ts";
import { Problem } from "../problem.ts";
import { findBinaries, linkLibraries } from "./binaries.ts";
import { findStandIn, type StandIn } from "./stand_in.ts";

/** Everything that has to be known to run PostgreSQL. */
export interface Home {
  /** Holds the cluster and the server's log; belongs to whoever runs it. */
  path: string;
  /** The folder with `bin`, `lib` and `share`. */
  binaries: string;
  standIn?: StandIn;
}

/** Finds the home of a data folder's cluster, and makes it if need be. */
export async function openHome(
  folder: DataFolder,
  output: Output,
): Promise<Home> {
  const binaries = await findBinaries();
  const inside = `${folder.path}/postgres`;
  const standIn = await findStandIn();
  if (standIn === undefined) {
    await Deno.mkdir(inside, { recursive: true, mode: 0o700 });
    return { path: inside, binaries };
  }
  if (await canReach(standIn, [folder.path, `${binaries}/bin/postgres`])) {
    await makeOwned(inside, standIn);
    return { path: inside, binaries, standIn };
  }
  const path = outsidePath(folder.path);
  await makeOwned(path, standIn);
  output.step(
    `PostgreSQL runs as ${standIn.name}, who cannot reach ${folder.path}: its data is in ${path}`,
  );
  const copy = await copyBinaries(binaries, path, standIn);
  return { path, binaries: copy, standIn };
}

/** Deletes the home of a cluster, wherever it is. */
export async function removeHome(folder: DataFolder): Promise<void> {
  for (const path of [`${folder.path}/postgres`, outsidePath(folder.path)]) {
    await Deno.remove(path, { recursive: true }).catch(() => undefined);
  }
}

function outsidePath(dataPath: string): string {
  const hash = createHash("sha256").update(dataPath).digest("hex");
  return `/var/tmp/gatepost-${hash.slice(0, 16)}`;
}

async function canReach(user: StandIn, paths: string[]): Promise<boolean> {
  const { success } = await new Deno.Command("/bin/sh", {
    args: ["-c", 'for path; do test -x "$path" || exit 1; done', "sh"].concat(
      paths,
    ),
    cwd: "/",
    uid: user.uid,
    gid: user.gid,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** /var/tmp is everybody's: a folder that somebody else made is refused. */
async function makeOwned(path: string, user: StandIn): Promise<void> {
  await Deno.mkdir(path, { mode: 0o700 }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  const { isDirectory, uid } = await Deno.lstat(path);
  if (!isDirectory || (uid !== 0 && uid !== user.uid)) {
    throw new Problem(`${path} belongs to somebody else: remove it`);
  }
  await Deno.chown(path, user.uid, user.gid);
}

async function copyBinaries(
  from: string,
  home: string,
  user: StandIn,
): Promise<string> {
  const { version } = JSON.parse(
    await Deno.readTextFile(`${from}/../package.json`),
  ) as { version: string };
  const copy = `${home}/native-${version}`;
  const complete = await Deno.stat(copy).then(() => true, () => false);
  if (complete) return copy;
  const unfinished = `${home}/native.new`;
  await Deno.remove(unfinished, { recursive: true }).catch(() => undefined);
  await copyTree(from, unfinished, user);
  await linkLibraries(unfinished);
  await Deno.rename(unfinished, copy);
  return copy;
}

async function copyTree(
  from: string,
  to: string,
  owner: StandIn,
): Promise<void> {
  await Deno.mkdir(to);
  await Deno.chown(to, owner.uid, owner.gid);
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) await copyTree(source, target, owner);
    if (!entry.isFile) continue;
    await Deno.copyFile(source, target);
    await Deno.chown(target, owner.uid, owner.gid);
  }
}
