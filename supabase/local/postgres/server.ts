/**
 * Runs the PostgreSQL server of a cluster.
 *
 * A small shell starts the server, waits for the end of its standard input, and
 * then shuts the server down. So the server ends when this process ends, even
 * by SIGKILL. The server has a session of its own: otherwise Ctrl-C would stop
 * it before the processes that still use it.
 *
 * @module
 */

import { Problem } from "../problem.ts";
import { asStandIn, clusterPath } from "./cluster.ts";
import type { Home } from "./home.ts";
import { stopLeftover } from "./leftover.ts";

/** A running server. */
export interface Server {
  /** Resolves when the server has ended, for whatever reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  timezone: "UTC",
  log_timezone: "UTC",
};

const SHELL = `
exec 3<&0
"$@" </dev/null 3<&- >>"$LOG" 2>&1 &
server=$!
(read -r _ <&3; kill -INT $server) 2>/dev/null &
watch=$!
wait $server
kill $watch 2>/dev/null
`;

/** Starts the server and waits until it takes connections. */
export async function startServer(home: Home, port: number): Promise<Server> {
  const path = clusterPath(home);
  await stopLeftover(path);
  const options = asStandIn(home);
  const postgres = `${home.binaries}/bin/postgres`;
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const process = new Deno.Command("/bin/sh", {
    ...options,
    env: { ...options.env, LOG: `${home.path}/server.log` },
    args: ["-c", SHELL, "sh", postgres, "-D", path, "-p", String(port), ...settings],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  const ended = process.status.then(() => undefined);
  const server = {
    ended,
    async stop(): Promise<void> {
      await process.stdin.close().catch(() => undefined);
      await ended;
    },
  };
  if (await isReady(path, ended)) {
    return server;
  }
  await server.stop();
  throw new Problem(`PostgreSQL does not start: its last words are in ${home.path}/server.log`);
}

/** Whether the server takes connections: the eighth line of its pid file says so. */
async function isReady(path: string, ended: Promise<void>): Promise<boolean> {
  let running = true;
  ended.then(() => (running = false));
  const deadline = performance.now() + 60_000;
  while (running && performance.now() < deadline) {
    const pidFile = await Deno.readTextFile(`${path}/postmaster.pid`).catch(() => "");
    if (pidFile.split("\n")[7]?.trim() === "ready") {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
