/**
 * Makes the cluster: `initdb`, once for each data folder.
 *
 * The superuser is `supabase_admin`, as on the platform: there, too, the user
 * `postgres` is not a superuser. Texts are sorted by PostgreSQL's own C.UTF-8,
 * so that the order does not depend on the machine's locale.
 *
 * @module
 */

import { Problem } from "../problem.ts";
import type { Home } from "./home.ts";

/** The superuser of the cluster. */
export const ADMIN = "supabase_admin";

const CLUSTER_OPTIONS = [
  "--auth=scram-sha-256",
  "--encoding=UTF8",
  "--no-sync",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
];

/** The folder of the cluster, below its home. */
export function clusterPath(home: Home): string {
  return `${home.path}/cluster`;
}

/** Whether an earlier start has made the cluster. */
export async function hasCluster(home: Home): Promise<boolean> {
  return await Deno.stat(clusterPath(home)).then(
    () => true,
    () => false,
  );
}

/** Makes the cluster. It gets its name when it is complete, so that a failure leaves no half of one. */
export async function makeCluster(home: Home, adminPassword: string): Promise<void> {
  const unfinished = `${clusterPath(home)}.new`;
  await Deno.remove(unfinished, { recursive: true }).catch(() => undefined);
  await initialize(home, unfinished, adminPassword);
  await Deno.rename(unfinished, clusterPath(home));
}

async function initialize(home: Home, path: string, password: string): Promise<void> {
  const passwordFile = `${home.path}/password`;
  await Deno.writeTextFile(passwordFile, password, { mode: 0o600 });
  if (home.standIn !== undefined) {
    await Deno.chown(passwordFile, home.standIn.uid, home.standIn.gid);
  }
  try {
    const { success, stderr } = await new Deno.Command(`${home.binaries}/bin/initdb`, {
      args: ["--pgdata", path, "--username", ADMIN, "--pwfile", passwordFile, ...CLUSTER_OPTIONS],
      ...asStandIn(home),
      stdout: "null",
    }).output();
    if (success) {
      return;
    }
    const [reason] = new TextDecoder()
      .decode(stderr)
      .trim()
      .split("\n")
      .filter((line) => line.includes("error"))
      .slice(-1);
    throw new Problem(`Cannot make the database: ${reason ?? "initdb failed"}`);
  } finally {
    await Deno.remove(passwordFile);
  }
}

/** Options of a command: it runs as the owner of the cluster, and inherits no variable of this process. */
export function asStandIn(home: Home): Deno.CommandOptions {
  return {
    cwd: "/",
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    ...(home.standIn === undefined ? {} : { uid: home.standIn.uid, gid: home.standIn.gid }),
  };
}
