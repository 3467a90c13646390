/**
 * Runs the database of the SQL tests for as long as the test process lives.
 *
 * Started by `database.ts`, once a test run, with the test process's id and the
 * file to write the server's URLs to. A process of its own, because each test
 * file is an isolate whose resources end with it.
 *
 * @module
 */

import postgres from "postgres";
import { startDatabase } from "../../../supabase/local/database/start_database.ts";

const [pid, urlFile] = [Number(Deno.args[0]), Deno.args[1]];
if (!Number.isInteger(pid) || urlFile === undefined) {
  throw new Error("database_server.ts takes a process id and a file");
}

const dataDir = await Deno.makeTempDir({ prefix: "gatepost-sql-" });
await Deno.chmod(dataDir, 0o755);
const running = await startDatabase({ dataDir });
try {
  await relaxDurability(running.adminUrl);
  const { adminUrl, databaseUrl } = running;
  await Deno.writeTextFile(`${urlFile}.new`, JSON.stringify({ adminUrl, databaseUrl }));
  await Deno.rename(`${urlFile}.new`, urlFile);
  while (isAlive(pid)) {
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
} finally {
  await running.stop();
  await Deno.remove(urlFile).catch(() => undefined);
  await Deno.remove(dataDir, { recursive: true }).catch(() => undefined);
}

/** Tests lose nothing in a crash of the machine. */
async function relaxDurability(adminUrl: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1 });
  for (const setting of ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]) {
    await admin.unsafe(`alter system set ${setting}`);
  }
  await admin`select pg_reload_conf()`;
  await admin.end();
}

function isAlive(processId: number): boolean {
  try {
    return Deno.statSync(`/proc/${processId}`).isDirectory;
  } catch {
    return Deno.build.os !== "linux" &&
      new Deno.Command("kill", { args: ["-0", `${processId}`] }).outputSync().success;
  }
}
