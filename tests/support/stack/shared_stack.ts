/**
 * The one stack of the attack tests, which the first test file starts.
 *
 * All files share it: each test makes tenants of its own.
 *
 * @module
 */

import type { Secrets } from "../../../supabase/local/secrets.ts";
import type { Status } from "../../../supabase/local/stack_status.ts";
import { connect, type Database } from "../../../supabase/local/database/connect.ts";

/** A running stack, with two function workers behind one address. */
export interface AttackedStack {
  status: Status;
  /** The process whose children are the function workers. */
  pid: number;
  /** The superuser's URL. */
  adminUrl: string;
  secrets: Secrets;
  /** Where the functions write their log. */
  logFile: string;
  /** Asks the database as the superuser. */
  sql: Database;
}

/** Finds the stack, and opens a connection for this file. */
export async function findStack(): Promise<AttackedStack> {
  const handover = JSON.parse(await findHandover()) as Omit<AttackedStack, "sql">;
  const sql = connect(handover.adminUrl, 1);
  // Connects now, so that the connection belongs to no test.
  await sql`select 1`;
  return { ...handover, sql };
}

async function findHandover(): Promise<string> {
  const folder = new URL("../../../.output/", import.meta.url).pathname;
  await Deno.mkdir(folder, { recursive: true });
  const file = `${folder}attacked-stack-${Deno.pid}`;
  const read = (): Promise<string | undefined> => Deno.readTextFile(file).catch(() => undefined);
  const known = await read();
  if (known !== undefined) {
    return known;
  }
  const server = startServer(file);
  let running = true;
  server.status.then(() => running = false, () => undefined);
  while (running) {
    const handover = await read();
    if (handover !== undefined) {
      return handover;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("The stack of the attack tests cannot be started: see above");
}

function startServer(file: string): Deno.ChildProcess {
  const script = new URL("stack_server.ts", import.meta.url);
  const configuration = new URL("../../../deno.json", import.meta.url).pathname;
  const server = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", "--unstable-no-legacy-abort", "--config", configuration],
      ...[script.href, `${Deno.pid}`, file],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  server.unref();
  return server;
}
