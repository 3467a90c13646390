/**
 * Where a cluster is: in the data folder, unless its user cannot open that.
 *
 * Root may keep the project below a folder that nobody else can open, such as
 * /root. The stand-in who runs PostgreSQL then has access to neither the
 * binaries nor the data. Both are put into /var/tmp: the data into a folder
 * named after the data folder, the binaries into one folder for all stacks.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { DataFolder } from "../data_folder.ts";
import type { Output } from "../output.ts";
import { Problem } from "../problem.ts";
import { findBinaries } from "./binaries.ts";
import { copyBinaries } from "./copied_binaries.ts";
import { findStandIn, type StandIn } from "./stand_in.ts";

/** What is needed to run PostgreSQL. */
export interface Home {
  /** Holds the cluster and the server's log. Belongs to the user who runs the server. */
  path: string;
  /** The folder with `bin`, `lib` and `share`. */
  binaries: string;
  standIn?: StandIn;
}

/** Finds the home of a data folder's cluster. Makes it if it does not exist. */
export async function openHome(folder: DataFolder, output: Output): Promise<Home> {
  const binaries = await findBinaries();
  const inside = `${folder.path}/postgres`;
  const standIn = await findStandIn();
  if (standIn === undefined) {
    await Deno.mkdir(inside, { recursive: true, mode: 0o700 });
    return { path: inside, binaries };
  }
  const usable = (await canReach(standIn, `${binaries}/bin/postgres`))
    ? binaries
    : await copyBinaries(binaries, standIn);
  const path = (await canReach(standIn, folder.path)) ? inside : outsidePath(folder.path);
  await makeOwned(path, standIn);
  if (path !== inside) {
    output.step(
      `PostgreSQL runs as ${standIn.name}, who cannot reach ${folder.path}: its data is in ${path}`,
    );
  }
  return { path, binaries: usable, standIn };
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

async function canReach(user: StandIn, path: string): Promise<boolean> {
  const { success } = await new Deno.Command("/bin/sh", {
    args: ["-c", 'test -x "$1"', "sh", path],
    cwd: "/",
    uid: user.uid,
    gid: user.gid,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** Everybody can write to /var/tmp, so a folder that another user made is refused. */
async function makeOwned(path: string, user: StandIn): Promise<void> {
  await Deno.mkdir(path, { mode: 0o700 }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw error;
    }
  });
  const { isDirectory, uid } = await Deno.lstat(path);
  if (!isDirectory || (uid !== 0 && uid !== user.uid)) {
    throw new Problem(`${path} belongs to somebody else: remove it`);
  }
  await Deno.chown(path, user.uid, user.gid);
}
