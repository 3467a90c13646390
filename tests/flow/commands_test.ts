/**
 * The tasks of `deno.json`: each says what it takes, and refuses what it does not take.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { HelpAsked, readCommandLine } from "../../supabase/commands/command_line.ts";
import { installPackages } from "../../supabase/local/install_packages.ts";
import type { Output } from "../../supabase/local/output.ts";
import { Problem } from "../../supabase/local/problem.ts";

const COMMANDS = new URL("../../supabase/commands/", import.meta.url);

/** The tasks of `deno.json` that run a program, with its file. */
async function listTasks(): Promise<{ task: string; file: string }[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", COMMANDS)));
  return Object.entries<string>(tasks).flatMap(([task, command]) => {
    const [, file] = / ((?:supabase|tests)\/[\w/]+\.ts)$/.exec(command) ?? [];
    return file === undefined ? [] : [{ task, file }];
  });
}

const tasks = await listTasks();

Deno.test("every file of the commands that is a task is one of deno.json", async () => {
  const files: string[] = [];
  for await (const { name, isFile } of Deno.readDir(COMMANDS)) {
    if (isFile && (await Deno.readTextFile(new URL(name, COMMANDS))).startsWith("/**\n * `deno task ")) {
      files.push(`supabase/commands/${name}`);
    }
  }

  const commands = tasks.map(({ file }) => file).filter((file) => file.startsWith("supabase/commands/"));
  assertEquals(commands.sort(), files.sort());
});

for (const { task } of tasks) {
  Deno.test(`deno task ${task} --help says what the task takes, and does nothing else`, async () => {
    const { code, stdout } = await runTask(task, "--help");

    assertEquals(code, 0);
    assertMatch(
      stdout,
      new RegExp(`^deno task ${task}( \\[[^\\]]+\\])? \\[options\\]\n\n.+\n[^]*\n {2}--help +prints this\n$`),
    );
  });

  Deno.test(`deno task ${task} refuses an option that it does not know, in one sentence`, async () => {
    const { code, stdout, stderr } = await runTask(task, "--bogus");

    assertEquals([code, stdout, stderr], [1, "", `Unknown option '--bogus': see deno task ${task} --help\n`]);
  });
}

async function runTask(
  task: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task, ...args],
    cwd: new URL("../../", COMMANDS).pathname,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  return { code, stdout: out, stderr: err };
}

const COMMAND = {
  task: "demo",
  summary: "Does something.",
  word: { name: "NAME", description: "a name" },
  options: {
    port: { description: "a port", value: "N", fallback: "1" },
    server: { description: "a server", value: "SLUG" },
    fresh: { description: "a flag" },
  },
} as const;

for (
  const [args, read] of [
    [[], { values: { port: "1", server: undefined, fresh: false }, words: [] }],
    [["--port", "2", "--fresh", "x"], {
      values: { port: "2", server: undefined, fresh: true },
      words: ["x"],
    }],
    [["--server=a", "x"], { values: { port: "1", server: "a", fresh: false }, words: ["x"] }],
  ] as [string[], unknown][]
) {
  Deno.test(`a command line is read: ${args.join(" ")}`, () => {
    assertEquals(readCommandLine(COMMAND, args) as unknown, read);
  });
}

Deno.test("many words are read where many may stand", () => {
  const word = { name: "NAME …", description: "names", many: true };

  assertEquals(readCommandLine({ ...COMMAND, word }, ["x", "--fresh", "y"]).words, ["x", "y"]);
});

for (
  const [args, sentence] of [
    [["--port"], "Option '--port <value>' argument missing: see deno task demo --help"],
    [["--fresh=1"], "Option '--fresh' does not take an argument: see deno task demo --help"],
    [["x", "y"], "Give at most one NAME"],
  ] as [string[], string][]
) {
  Deno.test(`a command line is refused: ${args.join(" ")}`, () => {
    const error = assertThrows(() => readCommandLine(COMMAND, args), Problem);

    assertEquals(error.message, sentence);
  });
}

Deno.test("the help names the word, every option, its value and what stands for it", () => {
  const help = assertThrows(() => readCommandLine(COMMAND, ["-h"]), HelpAsked);

  assertEquals(help.message, HELP);
});

const HELP = `deno task demo [NAME] [options]

Does something.

  NAME           a name
  --port N       a port (1)
  --server SLUG  a server
  --fresh        a flag
  --help         prints this`;

Deno.test("what is not installed is told in one line, however many packages it is", async () => {
  const script = `
    const { terminal } = await import("${new URL("../local/output.ts", COMMANDS)}");
    const output = terminal();
    for (let count = 1; count <= 200; count++) output.progress("Installing packages from npm", count);
    output.step("Installed 200 packages from npm");`;

  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", script] })
    .output();

  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) =>
    line.replace(/^ *[\d.]+ s {2}/, "")
  );
  assertEquals(lines, ["Installing packages from npm", "Installed 200 packages from npm"]);
});

Deno.test("packages that cannot be installed are a problem that says why and what to do", async () => {
  const output: Output = { step: fail, progress: fail, print: fail, problem: fail };

  const { message } = await assertRejects(
    () => installPackages(["file:///nothing.ts"], output),
    Problem,
  );

  assertMatch(message, /nothing\.ts/);
  assertMatch(message, /make sure that this machine reaches npm, and start again$/);
});

function fail(text: string): void {
  throw new Error(`It says: ${text}`);
}
