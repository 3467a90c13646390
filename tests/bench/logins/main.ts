/**
 * `deno task bench [side …]`: whole logins, side by side.
 *
 * A login is one authorization with consent, sign-in, code, tokens, userinfo
 * and a refresh, by a client that has registered once. Every side is set up
 * as its own documentation recommends (`servers/`), and takes short turns with
 * the others, there and back, so that all meet the same machine. What a login
 * of one side does that another's does not stands beside the table.
 *
 * With `--growth`, Gatepost alone: the same logins as its tables grow.
 *
 * @module
 */

import type { Stack } from "../../../supabase/local/stack.ts";
import { readNames, readNumbers, readTask } from "../../support/run/task.ts";
import { measureGrowth } from "./growth.ts";
import { prepareGround } from "./ground.ts";
import { describeMachine, describePostgres, readMachine } from "./machine.ts";
import { type Results, toMarkdown, toPicture } from "./report.ts";
import { takeRounds, type Workload } from "./rounds.ts";
import { type GatepostOptions, startGatepost } from "./sides/gatepost.ts";
import { installSides } from "./sides/install.ts";
import {
  startBetterAuth,
  startOidcProvider,
  startOidcProviderInMemory,
  startWorkersOauthProvider,
} from "./sides/others.ts";
import type { Side } from "./sides/side.ts";
import { judge, toLines, toRatios, toSideSummary } from "./summary.ts";
import { drawPicture } from "./svg.ts";
import { DIRECT, isOurs, REST, targets } from "./targets.ts";

/** Ways to run Gatepost. The others have their databases on the first one's server. */
const ownSides: Pick<GatepostOptions, "name" | "path" | "stack">[] = [
  { name: REST, path: "over REST" },
  // A connection of its own may prepare its statements: no transaction pooler stands between.
  {
    name: DIRECT,
    path: "directly, with prepared statements",
    stack: { direct: true, env: { GATEPOST_DATABASE_PREPARE: "true" } },
  },
];

const others = {
  "oidc-provider-memory": startOidcProviderInMemory,
  "oidc-provider": startOidcProvider,
  "better-auth": startBetterAuth,
  "workers-oauth-provider": startWorkersOauthProvider,
};

const workloads: Workload[] = [
  { work: "login", users: 1 },
  { work: "login", users: 8 },
  { work: "login", users: 32 },
  { work: "refresh", users: 8 },
];

const { values, words } = readTask({
  task: "bench",
  summary:
    "Measures whole logins, in turns with others' servers, which it installs from npm. Takes 8 minutes.",
  word: {
    name: "SIDE …",
    description: `compares with these alone, of ${Object.keys(others).join(", ")}`,
    many: true,
  },
  options: {
    rounds: { description: "rounds", value: "N", fallback: "5" },
    seconds: { description: "seconds of each turn", value: "N", fallback: "2" },
    out: { description: "where the results go", value: "DIR", fallback: ".output/bench" },
    growth: { description: "measures Gatepost alone, as its tables grow" },
    million: { description: "with --growth: with a million end users as well" },
  },
});
const [rounds = 5, seconds = 2] = readNumbers([values.rounds, values.seconds], { rounds: 5, seconds: 2 });
const machine = await readMachine();
await Deno.mkdir(values.out, { recursive: true });
await using ground = await prepareGround();
if (values.growth) {
  const asked = { rounds, seconds, million: values.million, machine, say };
  await write("growth", await measureGrowth(ground, asked));
} else {
  await write("logins", await measureLogins());
}

/** A picture, tables, and all figures. */
interface Written {
  results: unknown;
  markdown: string;
  svg: string;
}

async function measureLogins(): Promise<Written> {
  const { folder, upstreamUrl, runTurn } = ground;
  const installed = await installSides();
  await using started = new AsyncDisposableStack();
  const sides: Side[] = [];
  const stacks: Stack[] = [];
  for (const own of ownSides) {
    const side = started.use(await startGatepost({ ...own, folder, upstreamUrl }));
    sides.push(side);
    stacks.push(side.stack);
    say(`${side.name} is ready`);
  }
  const { adminUrl } = stacks[0]!;
  for (const name of readNames(words, Object.keys(others)) as (keyof typeof others)[]) {
    sides.push(started.use(await others[name](installed, { adminUrl, folder, upstreamUrl })));
    say(`${name} is ready`);
  }
  const all = await takeRounds(sides, { workloads, rounds, seconds, runTurn, say });
  const lines = toLines(all, workloads);
  const ratios = toRatios(all, workloads, isOurs);
  const results: Results = {
    machine: { ...machine, postgres: await describePostgres(sides[0]!.database!) },
    rounds,
    seconds,
    sides: all.map(toSideSummary),
    lines,
    ratios,
    verdicts: judge(targets, lines, ratios, machine.processors),
  };
  return { results, markdown: toMarkdown(results), svg: drawPicture(toPicture(results)) };
}

async function write(name: string, { results, markdown, svg }: Written): Promise<void> {
  await Deno.writeTextFile(`${values.out}/${name}.json`, `${JSON.stringify(results, null, 2)}\n`);
  await Deno.writeTextFile(`${values.out}/${name}.md`, markdown);
  await Deno.writeTextFile(`${values.out}/${name}.svg`, svg);
  say(`\n${markdown}\n${values.out}/${name}.{json,md,svg}: ${describeMachine({ ...machine, postgres: "" })}`);
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
