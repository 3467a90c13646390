/**
 * The function workers of a running stack, found among the processes of the machine.
 *
 * @module
 */

/** Process ids of the function workers that a stack's process started. Linux only. */
export async function findFunctionWorkers(stackPid: number): Promise<number[]> {
  const workers: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    const [status = "", command = ""] = await Promise.all(
      ["status", "cmdline"].map((file) => Deno.readTextFile(`/proc/${name}/${file}`).catch(() => "")),
    );
    if (status.includes(`\nPPid:\t${stackPid}\n`) && command.includes("function_worker.ts")) {
      workers.push(Number(name));
    }
  }
  return workers;
}
