/**
 * The folder that holds everything a stack keeps: database, keys, logs.
 *
 * Only one stack runs on a folder at a time. The stack locks a file of the
 * folder while it runs. The operating system drops the lock when the process
 * ends, even when it is killed.
 *
 * @module
 */

import { resolve } from "node:path";
import { Problem } from "./problem.ts";

/** A data folder that this process has locked. */
export interface DataFolder {
  path: string;
  /** Drops the lock, so that another stack can use the folder. */
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
  "owner_password",
  "postgres",
];

/** Opens a data folder and locks it. Makes the folder if it does not exist. */
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
    return { path: folder, release: buildRelease(lock) };
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

/** Whether a process has locked a data folder. */
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

/** Deletes the files that a stack keeps in its folder, and no other file. */
export async function emptyDataFolder(folder: DataFolder): Promise<void> {
  if ((await readKept(folder.path, "secrets.json")) === undefined) {
    return;
  }
  for (const name of CONTENTS) {
    await Deno.remove(`${folder.path}/${name}`, { recursive: true }).catch(ignoreNotFound);
  }
}

/** Reads a JSON file of a data folder; undefined when the file does not exist. */
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

/** Root lets another user run the database. That user must be able to enter the folder. */
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

/** Closes the lock at the first call: a file cannot be closed twice. */
function buildRelease(lock: Deno.FsFile): () => void {
  let isOpen = true;
  return () => {
    if (isOpen) {
      lock.close();
    }
    isOpen = false;
  };
}

function ignoreNotFound(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound) {
    return undefined;
  }
  throw error;
}
