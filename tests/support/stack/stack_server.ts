/**
 * Runs one stack with two function workers for as long as the test process lives.
 *
 * Started by `useStack`, once a test run, with the test process's id and the
 * file to write to what the tests need to know. A process of its own, because
 * each test file is an isolate whose resources end with it.
 *
 * @module
 */

import { startStack } from "../../../supabase/local/stack.ts";
import type { Handover } from "./stack.ts";

const [pid, handoverFile] = [Number(Deno.args[0]), Deno.args[1]];
if (!Number.isInteger(pid) || handoverFile === undefined) {
  throw new Error("stack_server.ts takes a process id and a file");
}

const folder = await Deno.makeTempDir({ prefix: "gatepost-shared-stack-" });
await Deno.chmod(folder, 0o711);
const dataDir = `${folder}/stack`;
await using started = new AsyncDisposableStack();
started.defer(() => Deno.remove(folder, { recursive: true }));
const stack = await startStack({ port: 0, dataDir, workers: 2, quiet: true });
started.defer(() => stack.stop());
started.defer(() => Deno.remove(handoverFile).catch(() => undefined));
const secrets = JSON.parse(await Deno.readTextFile(`${dataDir}/secrets.json`));
const handover: Handover = {
  pid: Deno.pid,
  status: stack.status,
  adminUrl: stack.adminUrl,
  secrets,
  logFile: `${dataDir}/functions.log`,
};
await Deno.writeTextFile(`${handoverFile}.new`, JSON.stringify(handover), { mode: 0o600 });
await Deno.rename(`${handoverFile}.new`, handoverFile);
while (isAlive(pid)) {
  await new Promise((resolve) => setTimeout(resolve, 250));
}

function isAlive(processId: number): boolean {
  try {
    return Deno.statSync(`/proc/${processId}`).isDirectory;
  } catch {
    return (
      Deno.build.os !== "linux" &&
      new Deno.Command("kill", { args: ["-0", `${processId}`] }).outputSync().success
    );
  }
}
