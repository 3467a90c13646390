/**
 * The user who runs PostgreSQL instead of root, because PostgreSQL refuses to run as root.
 *
 * @module
 */

import { Problem } from "../problem.ts";

/** A user of this machine. */
export interface StandIn {
  name: string;
  uid: number;
  gid: number;
}

const NAME = "postgres";

/** Finds or makes the stand-in when this process runs as root; undefined when it does not. */
export async function findStandIn(): Promise<StandIn | undefined> {
  if (Deno.uid() !== 0) {
    return undefined;
  }
  return (await lookUp()) ?? (await create());
}

async function create(): Promise<StandIn> {
  await run("groupadd", ["--system", NAME]);
  await run("useradd", ["--system", "--gid", NAME, "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]);
  const user = await lookUp();
  if (user !== undefined) {
    return user;
  }
  throw new Problem(
    "PostgreSQL does not run as root and no user could be made for it: create a user named postgres, or start as an ordinary user",
  );
}

async function lookUp(): Promise<StandIn | undefined> {
  const uid = await run("id", ["-u", NAME]);
  const gid = await run("id", ["-g", NAME]);
  if (uid === undefined || gid === undefined) {
    return undefined;
  }
  return { name: NAME, uid: Number(uid), gid: Number(gid) };
}

/** The output of a command; undefined when it fails or does not exist. */
async function run(command: string, args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}
