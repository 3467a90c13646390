/**
 * Ends the server that a killed stack left running on a cluster.
 *
 * Such a server is shutting down. The next stack tells it to, waits for its end,
 * and kills it when that takes too long. A pid file is removed when its process is not a
 * server: PostgreSQL refuses to start while any process has that id.
 *
 * @module
 */

import { commandOf } from "../processes/process_table.ts";

/** Returns when no server runs on the cluster. */
export async function stopLeftover(clusterPath: string): Promise<void> {
  const pidFile = `${clusterPath}/postmaster.pid`;
  const text = await Deno.readTextFile(pidFile).catch(() => undefined);
  const pid = Number(text?.split("\n")[0]);
  if (text === undefined || !Number.isInteger(pid) || pid <= 1) {
    return;
  }
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (!(await isServer(pid, clusterPath))) {
      break;
    }
    send(pid, signal);
    await waitForEnd(pid, clusterPath);
  }
  await Deno.remove(pidFile).catch(() => undefined);
}

async function waitForEnd(pid: number, clusterPath: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline && (await isServer(pid, clusterPath))) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whether the process runs and is the server of this very cluster. */
async function isServer(pid: number, clusterPath: string): Promise<boolean> {
  const command = await commandOf(pid);
  return command.includes("postgres") && command.includes(clusterPath);
}

function send(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // The process has ended meanwhile.
  }
}
