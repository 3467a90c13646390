/**
 * Runs real clients as their users do: `deno task test:clients [--bare] [name …]`.
 *
 * Each is installed from npm in a pinned version, has a home of its own, and
 * logs in, lists, calls, refreshes, and goes on after a restart and after the
 * database was lost. Prints a table; the last line counts what was tried:
 * `N passed, N failed`. Too heavy for every run of the tests. With `--bare`
 * only the functions are reached, as on a project without an own origin.
 *
 * @module
 */

import { startLastingStack } from "../support/client/lasting_address.ts";
import { publishDocuments } from "../support/client/published_documents.ts";
import { TRIAL_NAMES } from "../support/client/real_client.ts";
import { runTrials, type Trials } from "../support/client/trials.ts";
import { readNames, readTask } from "../support/run/task.ts";
import { claudeCode } from "./claude_code.ts";
import { codex, codexRegistered } from "./codex.ts";
import { geminiCli } from "./gemini_cli.ts";
import { inspector1 } from "./inspector_1.ts";
import { inspector2 } from "./inspector_2.ts";
import { langchain } from "./langchain.ts";
import { mcpRemote } from "./mcp_remote.ts";
import { mcporter } from "./mcporter.ts";
import { opencode } from "./opencode.ts";

const clients = {
  "claude-code": claudeCode,
  "codex": codex,
  "codex-registered": codexRegistered,
  "gemini-cli": geminiCli,
  "inspector-1": inspector1,
  "inspector-2": inspector2,
  "langchain": langchain,
  "mcp-remote": mcpRemote,
  "mcporter": mcporter,
  "opencode": opencode,
};

const { values: { bare }, words } = readTask({
  task: "test:clients",
  summary: "Installs real clients and runs them as their users do. Takes minutes and a gigabyte.",
  word: { name: "NAME …", description: `these alone, of ${Object.keys(clients).join(", ")}`, many: true },
  options: { bare: { description: "serves nothing beside the functions, as a project without an origin" } },
});
const names = readNames(words, Object.keys(clients));
const chosen = Object.entries(clients).filter(([name]) => names.includes(name)).map(([, client]) => client);
const results = await run();
print(results);
const all = results.flatMap(({ trials }) => trials);
const failed = all.filter(({ passed }) => !passed).length;
say(`\n${all.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 && all.length > 0 ? 0 : 1);

async function run(): Promise<Trials[]> {
  await using documents = await publishDocuments();
  await using stack = await startLastingStack(documents.env, { bare });
  return await runTrials(chosen, stack, say);
}

function print(results: Trials[]): void {
  for (const { client, trials } of results) {
    for (const { name, detail } of trials) {
      if (detail !== undefined) {
        say(`\n${client.name}, ${name}:\n${detail}`);
      }
    }
  }
  const rows = results.map(({ client, trials }) => [
    client.name,
    client.version,
    ...TRIAL_NAMES.map((name) => trials.find((trial) => trial.name === name)?.seen ?? "–"),
  ]);
  const table = [["client", "version", ...TRIAL_NAMES], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  say("");
  for (const row of table) {
    say(row.map((text, column) => text.padEnd(widths[column]!)).join("  ").trimEnd());
  }
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
