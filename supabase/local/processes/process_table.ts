/**
 * Asks the system about other processes: /proc on Linux, `ps` elsewhere.
 *
 * @module
 */

/** The command line of a process; empty when it does not run. */
export async function commandOf(pid: number): Promise<string> {
  if (Deno.build.os !== "linux") {
    return await askPs("command=", pid);
  }
  const text = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  return text.replaceAll("\0", " ");
}

/** The parent of a process; undefined when it does not run. */
export async function parentOf(pid: number): Promise<number | undefined> {
  const text = Deno.build.os === "linux" ? await readStatusField(pid, "PPid") : await askPs("ppid=", pid);
  return text === "" ? undefined : Number(text);
}

/** The memory that a process has in RAM, in bytes; 0 when it does not run. */
export async function residentBytesOf(pid: number): Promise<number> {
  const text = Deno.build.os === "linux" ? await readStatusField(pid, "VmRSS") : await askPs("rss=", pid);
  return Number.parseInt(text || "0") * 1024;
}

async function readStatusField(pid: number, name: string): Promise<string> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  const line = text.split("\n").find((line) => line.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? "";
}

async function askPs(format: string, pid: number): Promise<string> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-ww", "-o", format, "-p", String(pid)],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}
