import { prepareGround } from "./ground.ts";
import { startGatepost } from "./sides/gatepost.ts";
const rounds = Number(Deno.args[0] ?? 3), users = Number(Deno.args[1] ?? 8);
const withOld = Deno.args[2] !== "noold";
const ground = await prepareGround();
const { folder, upstreamUrl, runTurn } = ground;
const sides: { name: string; ways: any; pids: () => number[] }[] = [];
const kids = async (pid: number): Promise<number[]> => {
  const t = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => "");
  const all: number[] = [pid];
  const tasks = [...Deno.readDirSync(`/proc/${pid}/task`)].map((e) => e.name);
  for (const k of tasks) for (const c of (await Deno.readTextFile(`/proc/${pid}/task/${k}/children`).catch(() => "")).split(" ").filter(Boolean)) all.push(...await kids(Number(c)));
  return all;
};
let old: Deno.ChildProcess | undefined;
if (withOld) {
  old = new Deno.Command(Deno.execPath(), { cwd: "/work/wt/old", args: ["run", "--quiet", "--no-check", "--allow-all", "--import-map=import_map.json", "--unstable-no-legacy-abort", "tests/old_side.ts", upstreamUrl], stdout: "piped", stderr: "inherit" }).spawn();
  let buffer = "";
  const reader = old.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!/WAY .*\n/.test(buffer)) { const { value, done } = await reader.read(); if (done) throw "old ended"; buffer += value; }
  sides.push({ name: "old", ways: [JSON.parse(/WAY (.*)\n/.exec(buffer)![1]!)], pids: () => [] });
}
const rest = await startGatepost({ name: "REST", path: "", folder, upstreamUrl });
const direct = await startGatepost({ name: "direct", path: "", folder, upstreamUrl, stack: { direct: true, env: { GATEPOST_DATABASE_PREPARE: "true" } } });
sides.push({ name: "REST", ways: rest.ways, pids: () => [] }, { name: "direct", ways: direct.ways, pids: () => [] });
const hz = 100;
const cpuAll = async () => {
  const m = new Map<string, number>();
  for (const e of Deno.readDirSync("/proc")) if (/^\d+$/.test(e.name)) try {
    const st = await Deno.readTextFile(`/proc/${e.name}/stat`);
    const rest = st.slice(st.lastIndexOf(")") + 2).split(" ");
    const cmd = (await Deno.readTextFile(`/proc/${e.name}/cmdline`)).replaceAll("\0", " ");
    const key = /function_worker|rest_process|demo_process|upstream.ts|load.ts|old_side|zz_compare|postgres/.exec(cmd)?.[0] ?? "other";
    m.set(key, (m.get(key) ?? 0) + (Number(rest[11]) + Number(rest[12])) * 1000 / hz);
  } catch {}
  return m;
};
const res: Record<string, number[]> = {};
for (let r = -1; r < rounds; r++) for (const s of r % 2 ? sides : sides.toReversed()) {
  const before = await cpuAll();
  const turn = await runTurn({ ways: s.ways, work: "login", users, seconds: 3 });
  const after = await cpuAll();
  const by = [...after].map(([k, v]) => [k, (v - (before.get(k) ?? 0)) / turn.done] as const).filter(([, v]) => v > 0.2).map(([k, v]) => `${k} ${v.toFixed(1)}`).join(", ");
  if (r >= 0) (res[s.name] ??= []).push(turn.perSecond);
  console.log(r, s.name, turn.perSecond.toFixed(1), by);
}
const med = (a: number[]) => a.toSorted((x, y) => x - y)[a.length >> 1]!;
for (const [k, v] of Object.entries(res)) console.log(k, med(v).toFixed(1), v.map((x) => x.toFixed(0)).join(" "));
old?.kill("SIGTERM"); await old?.status;
await rest[Symbol.asyncDispose](); await direct[Symbol.asyncDispose](); await ground[Symbol.asyncDispose]();
Deno.exit(0);
