/**
 * What processes take of the machine: processor time and memory, from /proc. Linux only.
 *
 * @module
 */

/** A process, and whether those that it started count with it. */
export interface Root {
  pid: number;
  alone?: boolean;
}

/** What a root took so far. */
export interface Taken {
  cpuMilliseconds: number;
  residentBytes: number;
}

interface Process {
  parent: number;
  /** Its own, and that of its children which have ended. */
  ticks: number;
  pages: number;
}

/** Linux counts in hundredths of a second, and in pages of 4 KB, whatever the kernel does inside. */
const TICK_MILLISECONDS = 10;
const PAGE_BYTES = 4096;

/** The ids of the processes that one has started, with their command lines. */
export async function listChildren(parent: number): Promise<{ pid: number; command: string }[]> {
  const children = [...await readAll()].filter(([, process]) => process.parent === parent);
  return await Promise.all(children.map(async ([pid]) => ({
    pid,
    command: (await readFile(`${pid}/cmdline`)).replaceAll("\0", " "),
  })));
}

/** What each root took since it started. */
export async function readTaken<Role extends string>(
  roots: Record<Role, Root[]>,
): Promise<Record<Role, Taken>> {
  const all = await readAll();
  const taken = Object.entries<Root[]>(roots).map(([role, own]) => {
    const counted = own.flatMap((root) => root.alone === true ? [root.pid] : [...listTree(all, root.pid)]);
    const processes = counted.flatMap((pid) => all.get(pid) ?? []);
    return [role, {
      cpuMilliseconds: processes.reduce((sum, { ticks }) => sum + ticks, 0) * TICK_MILLISECONDS,
      residentBytes: processes.reduce((sum, { pages }) => sum + pages, 0) * PAGE_BYTES,
    }];
  });
  return Object.fromEntries(taken);
}

function* listTree(all: Map<number, Process>, root: number): Iterable<number> {
  yield root;
  for (const [pid, { parent }] of all) {
    if (parent === root) {
      yield* listTree(all, pid);
    }
  }
}

async function readAll(): Promise<Map<number, Process>> {
  const all = new Map<number, Process>();
  if (Deno.build.os !== "linux") {
    return all;
  }
  for await (const { name } of Deno.readDir("/proc")) {
    const process = /^\d+$/.test(name) ? parseStat(await readFile(`${name}/stat`)) : undefined;
    if (process !== undefined) {
      all.set(Number(name), process);
    }
  }
  return all;
}

/** The name of a program may hold spaces and brackets: fields are counted behind it (proc_pid_stat(5)). */
export function parseStat(stat: string): Process | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  const [parent, user, system, usersChildren, systemsChildren] = [1, 11, 12, 13, 14].map((at) => fields[at]!);
  return parent === undefined || Number.isNaN(parent) ? undefined : {
    parent,
    ticks: user! + system! + usersChildren! + systemsChildren!,
    pages: fields[21]!,
  };
}

async function readFile(path: string): Promise<string> {
  return await Deno.readTextFile(`/proc/${path}`).catch(() => "");
}
