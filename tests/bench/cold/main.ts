// deno-lint-ignore-file no-console
/**
 * `deno task bench:cold [rounds]`: what a cold start of each function costs, from its sources and as a bundle.
 *
 * A cold start is a new process of the Deno that Supabase's edge runtime
 * corresponds to, without a code cache, up to the function's first answer. The
 * measure is a function that only creates a supabase-js client: the figures are
 * ratios to it, of the shortest turns over rounds in which everything has one.
 * A lock file spares Deno the resolution of packages, which a deployed function
 * has behind it.
 *
 * Besides: compressed bytes of each bundle, modules and bytes that the sources
 * load, how much of that a bundle leaves out because nothing uses it, memory.
 *
 * @module
 */

import { bundleFunctions } from "../../../supabase/commands/deploy/bundle_functions.ts";
import { functionVariables } from "../../../supabase/local/functions/function_variables.ts";
import { makeEncryptionKeySet, makeSigningKeySet } from "../../support/functions/keys.ts";
import { listLoadedModules, type LoadedModule, toPackage } from "../../support/deploy/modules.ts";
import { compress } from "../../support/deploy/compress.ts";
import { EDGE_DENO_VERSION, findEdgeDeno } from "../../support/run/edge_deno.ts";
import { readNumbers, readTask } from "../../support/run/task.ts";
import { quantile } from "../quantile.ts";

const ROUNDS = 9;
/** Of the measure. */
const TARGETS = { bundle: 0.9, sources: 1.7, jwks: 1.0 };

const ROOT = new URL("../../../", import.meta.url);
const FOLDER = new URL(".output/bench_cold/", ROOT).pathname;

/** What is started, and what its turns gave. */
interface Subject {
  name: string;
  entrypoint: string;
  milliseconds: number[];
  memory: number[];
}

const { words } = readTask({
  task: "bench:cold",
  summary: "Measures cold starts of every function, from its sources and as a bundle.",
  word: { name: "ROUNDS", description: `how often each has its turn; ${ROUNDS} without` },
  options: {},
});
const [rounds = 0] = readNumbers(words, { ROUNDS });
const edgeDeno = await findEdgeDeno();
if (edgeDeno === undefined) {
  Deno.exit(1);
}
const names = (await bundleFunctions(FOLDER)).sort();
const env = functionVariables(
  "http://127.0.0.1:1",
  {
    publishableKey: "sb_publishable_1",
    secretKey: "sb_secret_1",
    signingKeys: await makeSigningKeySet("signing-1"),
    encryptionKeys: makeEncryptionKeySet("encryption-1"),
  } as Parameters<typeof functionVariables>[1],
  {},
);
const baseline = buildSubject("", `${ROOT.href}tests/bench/cold/baseline.ts`);
const sources = names.map((name) => buildSubject(name, `${ROOT.href}functions/${name}/index.ts`));
const bundles = names.map((name) =>
  buildSubject(name, `file://${FOLDER}supabase/functions/${name}/index.js`)
);
const subjects = [baseline, ...sources, ...bundles];

// The first turn fills Deno's caches of what TypeScript becomes, and the lock file.
for (const subject of subjects) {
  await takeTurn(subject);
  subject.milliseconds.length = subject.memory.length = 0;
}
for (let round = 1; round <= rounds; round++) {
  console.error(`round ${round} of ${rounds}`);
  for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
    await takeTurn(subject);
  }
}
console.log(
  `Deno ${EDGE_DENO_VERSION} without a code cache, ${rounds} rounds; a function with a supabase-js client: ${
    Math.min(...baseline.milliseconds).toFixed(0)
  } ms, ${toMegabytes(median(baseline.memory))} MB\n`,
);
console.log(
  row(["", "bundle", "", "", "sources", "", "", "", "of which no bundle has"]) + "\n" +
    row(["", "ratio", "kB gz", "MB", "ratio", "modules", "kB", "MB", "modules", "kB"]),
);
for (const [index, name] of names.entries()) {
  const { compressed, used } = await readBundle(name);
  const loaded = await listLoadedModules(sources[index]!.entrypoint);
  const unused = findUnused(loaded, used);
  console.log(row([
    name,
    findRatio(bundles[index]!).toFixed(2),
    toKilobytes(compressed),
    toMegabytes(median(bundles[index]!.memory)),
    findRatio(sources[index]!).toFixed(2),
    String(loaded.length),
    toKilobytes(sum(loaded)),
    toMegabytes(median(sources[index]!.memory)),
    String(unused.length),
    toKilobytes(sum(unused)),
  ]));
}
await describeUnused("mcp");
console.log(describeTargets());

function buildSubject(name: string, entrypoint: string): Subject {
  return { name, entrypoint, milliseconds: [], memory: [] };
}

/** Starts a function in a process of its own, and waits for its first answer. */
async function takeTurn({ name, entrypoint, milliseconds, memory }: Subject): Promise<void> {
  const started = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(edgeDeno!, {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-code-cache",
      "--no-config",
      "--node-modules-dir=none",
      `--lock=${FOLDER}lock.json`,
      `--import-map=${new URL("import_map.json", ROOT).pathname}`,
      "--allow-all",
      new URL("first_answer.ts", import.meta.url).href,
      entrypoint,
      name,
    ],
    // A cache of its own: another Deno may write to the common one.
    env: {
      ...env,
      DENO_DIR: `${FOLDER}cache`,
      DENO_TLS_CA_STORE: "system,mozilla",
      DENO_NO_UPDATE_CHECK: "1",
    },
  }).output();
  const elapsed = performance.now() - started;
  const [, bytes] = /\{"ready":(\d+)\}/.exec(new TextDecoder().decode(stdout)) ?? [];
  if (!success || bytes === undefined) {
    throw new Error(`${entrypoint} does not start: ${new TextDecoder().decode(stderr)}`);
  }
  milliseconds.push(elapsed);
  memory.push(Number(bytes));
}

/** The compressed size of a bundle, and the modules of packages that have a part in it, by package and file. */
async function readBundle(name: string): Promise<{ compressed: number; used: Set<string> }> {
  const file = `${FOLDER}supabase/functions/${name}/index.js`;
  const { sources } = JSON.parse(await Deno.readTextFile(`${file}.map`)) as { sources: string[] };
  return { compressed: await compress(file), used: new Set(sources.map(toKey)) };
}

/** The modules of packages that are evaluated and have no part in the bundle. */
function findUnused(loaded: LoadedModule[], used: Set<string>): LoadedModule[] {
  // A package has its modules twice, for import and for require. Whichever is loaded, the bundle has the first.
  const packages = new Set([...used].map((key) => toPackage(key)));
  return loaded.filter(({ path, package: name }) =>
    name !== undefined && !used.has(toKey(path)) &&
    !(packages.has(name) && /\.cjs$|\/dist\/main\/|tslib/.test(path))
  );
}

function toKey(path: string): string {
  return path.replace(/^.*node_modules\/\.deno\//, "node_modules/.deno/");
}

/** By package: what is evaluated and never used. */
async function describeUnused(name: string): Promise<void> {
  const { used } = await readBundle(name);
  const unused = findUnused(await listLoadedModules(`${ROOT.href}functions/${name}/index.ts`), used);
  console.log(`\n${name} evaluates from its sources, and its bundle leaves out:`);
  for (const [of, modules] of Map.groupBy(unused, (module) => module.package)) {
    console.log(`  ${of}: ${modules.length} modules, ${toKilobytes(sum(modules))} kB`);
  }
}

function describeTargets(): string {
  const verdicts = [
    ...bundles.map((subject) => judge(subject, "as a bundle", TARGETS.bundle)),
    ...sources.map((subject) =>
      judge(subject, "from its sources", subject.name === "oauth-jwks" ? TARGETS.jwks : TARGETS.sources)
    ),
  ];
  return `\n${verdicts.join("\n")}`;
}

function judge(subject: Subject, how: string, target: number): string {
  const reached = findRatio(subject);
  return `${reached <= target ? "met   " : "MISSED"}  ${subject.name} ${how}: ${
    reached.toFixed(2)
  }, target at most ${target}`;
}

/** How much longer than the measure. Both by their shortest turn: whatever else the machine does only adds to one. */
function findRatio({ milliseconds }: Subject): number {
  return Math.min(...milliseconds) / Math.min(...baseline.milliseconds);
}

function median(values: number[]): number {
  return quantile(values, 0.5);
}

function sum(modules: LoadedModule[]): number {
  return modules.reduce((total, { bytes }) => total + bytes, 0);
}

function toKilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(0);
}

function toMegabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0);
}

function row(cells: string[]): string {
  return cells.map((cell, index) => index === 0 ? cell.padEnd(18) : cell.padStart(9)).join("");
}
