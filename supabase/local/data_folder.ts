/**
 * The folder that holds everything a stack keeps: database, keys, logs.
 *
 * One stack at a time: a lock on a file in it is held while the stack runs,
 * and the system drops it when the process dies, however it dies.
 *
 * @module
 */

import { resolve } from "node:path";
import { Problem } from "./problem.ts";

/** A data folder that this process holds the lock of. */
export interface DataFolder {
  path: string;
  /** Lets the next stack have the folder. */
  release(): void;
}

const LOCK_NAME = "lock";
const CONTENTS = [
  "secrets.json",
  "ports.json",
  "status.json",
  "functions.log",
  "rest.log",
  "demo.log",
  "postgres",
];

/** Opens a data folder, making it where there is none, and locks it. */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const folder = resolve(path);
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    await letOthersPass(folder);
    const lock = await Deno.open(`${folder}/${LOCK_NAME}`, { create: true, write: true, mode: 0o600 });
    if (!(await lock.tryLock(true))) {
      lock.close();
      throw new Problem(
        `A stack is already running on ${folder}: stop it first, or choose another folder with --data`,
      );
    }
    return { path: folder, release: once(() => lock.close()) };
  } catch (error) {
    if (error instanceof Problem) {
      throw error;
    }
    throw new Problem(
      `Cannot write to ${folder}: make it a folder you may write to, or choose another with --data`,
      { cause: error },
    );
  }
}

/** Whether some process holds the lock of a data folder. */
export async function isInUse(path: string): Promise<boolean> {
  try {
    const lock = await Deno.open(`${resolve(path)}/${LOCK_NAME}`, { write: true });
    const free = await lock.tryLock(true);
    lock.close();
    return !free;
  } catch {
    return false;
  }
}

/** Deletes what a stack keeps in its folder, and nothing else that is there. */
export async function emptyDataFolder(folder: DataFolder): Promise<void> {
  if ((await readKept(folder.path, "secrets.json")) === undefined) {
    return;
  }
  for (const name of CONTENTS) {
    await Deno.remove(`${folder.path}/${name}`, { recursive: true }).catch(ignoreNotFound);
  }
}

/** Reads a JSON file of a data folder; undefined where there is none. */
export async function readKept<T>(path: string, name: string): Promise<T | undefined> {
  const text = await Deno.readTextFile(`${resolve(path)}/${name}`).catch(ignoreNotFound);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** Writes a JSON file of a data folder that only its owner may read. */
export async function keep(folder: DataFolder, name: string, value: unknown): Promise<void> {
  const file = `${folder.path}/${name}`;
  const text = JSON.stringify(value, null, 2) + "\n";
  await Deno.writeTextFile(`${file}.new`, text, { mode: 0o600 });
  await Deno.rename(`${file}.new`, file);
}

/** Root hands the database to another user, who has to pass through. */
async function letOthersPass(folder: string): Promise<void> {
  if (Deno.uid() !== 0) {
    return;
  }
  for await (const { name } of Deno.readDir(folder)) {
    if (name !== LOCK_NAME && !CONTENTS.includes(name)) {
      return;
    }
  }
  await Deno.chmod(folder, 0o711);
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) {
      act();
    }
    done = true;
  };
}

function ignoreNotFound(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound) {
    return undefined;
  }
  throw error;
}
