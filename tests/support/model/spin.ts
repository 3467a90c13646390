/**
 * SPIN for the models in `tests/model`: checks their formulas in every state, and prints random runs.
 *
 * From Debian's packages `spin` and `gcc`: SPIN writes a C program that visits
 * every state of a model, gcc compiles it.
 *
 * @module
 */

/** What has to be installed, for a person to read. */
export const PACKAGES = "spin and gcc";

/** Whether both programs are there. */
export const hasSpin = await canRun("spin", "-V") && await canRun("gcc", "--version");

if (!hasSpin && !Deno.env.get("CI")) {
  // deno-lint-ignore no-console
  console.log(`Skipping the models: Debian's packages ${PACKAGES} are not installed`);
}

/** A model, and what of it is defined: sizes, and the defences that are taken out. */
export interface Model {
  /** The file's name without its ending. */
  name: string;
  defines: readonly string[];
}

/** What became of a formula. */
export interface Verdict {
  holds: boolean;
  /** Distinct states: all that can be reached, or those before the first that breaks the formula. */
  states: number;
}

/** Checks formulas of one compiled model. */
export interface Verifier extends AsyncDisposable {
  verify(formula: string): Promise<Verdict>;
}

const FOLDER = new URL("../../model/", import.meta.url).pathname;
/** Deeper than any run of the models without a repeated state. */
const DEPTH = 1_000_000;
const MEGABYTES = 1_500;

/** Compiles a model. Formulas that ask for an end need `isLive`, which keeps more of each state. */
export async function buildVerifier({ name, defines }: Model, { isLive = false } = {}): Promise<Verifier> {
  const folder = await Deno.makeTempDir({ prefix: `gatepost-model-${name}-` });
  const options = isLive ? ["-DNFAIR=3"] : ["-DSAFETY", "-DNOFAIR"];
  await run(folder, "spin", [...toOptions(defines), "-a", `${FOLDER}${name}.pml`]);
  // Most models are small: what optimizing saves, compiling would cost.
  await run(folder, "gcc", ["-O0", "-w", `-DMEMLIM=${MEGABYTES}`, ...options, "-o", "pan", "pan.c"]);
  return {
    async verify(formula): Promise<Verdict> {
      const search = isLive ? ["-a", "-f"] : [];
      const report = await run(folder, `${folder}/pan`, [`-m${DEPTH}`, "-E", ...search, "-N", formula]);
      return readVerdict(report, formula);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** The lines that a random run prints. The same seed gives the same run. */
export async function simulate({ name, defines }: Model, seed: number, steps: number): Promise<string[]> {
  const args = [...toOptions(defines), `-n${seed}`, `-u${steps}`, "-T", `${FOLDER}${name}.pml`];
  const output = await run(FOLDER, "spin", args);
  return output.split("\n").map((line) => line.trim()).filter((line) => line.startsWith("step "));
}

/** How a person repeats a run. */
export function describeRun({ name, defines }: Model, seed: number, steps: number): string {
  return ["spin", ...toOptions(defines), `-n${seed} -u${steps} -T tests/model/${name}.pml`].join(" ");
}

function toOptions(defines: readonly string[]): string[] {
  return defines.map((define) => `-D${define}`);
}

function readVerdict(report: string, formula: string): Verdict {
  const errors = /errors: (\d+)/.exec(report)?.[1];
  const states = /(\d+) states, stored/.exec(report)?.[1];
  const holds = errors === "0";
  if (
    errors === undefined || states === undefined || !report.includes(`ltl formula ${formula}`) ||
    (holds && /max search depth too small|Search not completed|out of memory/i.test(report))
  ) {
    throw new Error(`Cannot judge ${formula}: the search has not come to its end\n${report}`);
  }
  return { holds, states: Number(states) };
}

async function run(cwd: string, program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { cwd, args, stdin: "null" }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  // A model that SPIN cannot read is reported like this, whatever the exit code.
  if (!success || /^spin: .*Error/m.test(output)) {
    throw new Error(`Cannot run ${program} ${args.join(" ")}: it fails\n${output}`);
  }
  return output;
}

async function canRun(program: string, arg: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: [arg], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}
