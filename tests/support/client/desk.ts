/**
 * Where a person uses a client: a home folder of its own, and programs that run in it.
 *
 * Nothing of this process's environment reaches a program but what is named
 * here: no settings, no accounts, no proxies.
 *
 * @module
 */

import { type JsonRpcProcess, startJsonRpc } from "./json_rpc_process.ts";
import type { ToolCallingModel } from "./model.ts";
import type { Person } from "./person.ts";
import { type Answer, type Ran, runToEnd, type ServingProcess, startServing } from "./programs.ts";

/** How a program is run. */
export interface RunOptions {
  env?: Record<string, string>;
  /** Gives it a terminal, where it refuses to work without. */
  terminal?: boolean;
  /** What is typed when the text appears. */
  answer?: Answer;
}

/** A desk. */
export interface Desk extends AsyncDisposable {
  home: string;
  /** What the person pastes into the client. */
  mcpUrl: string;
  person: Person;
  model: ToolCallingModel;
  /** Where the client is installed. */
  folder: string;
  /** Runs a program of the client to its end. */
  run(program: string, args: string[], options?: RunOptions): Promise<Ran>;
  /** Starts a program that speaks JSON-RPC over its standard input and output. */
  start(program: string, args: string[], options?: RunOptions): JsonRpcProcess;
  /** Starts a program that runs on, once it has said `until`. */
  serve(program: string, until: RegExp, options?: RunOptions): Promise<ServingProcess>;
}

/** What a desk is made of. */
export interface DeskOptions {
  mcpUrl: string;
  person: Person;
  model: ToolCallingModel;
  folder: string;
  /** The Node.js to run with. */
  node: string;
}

/** Sets up a desk with an empty home. */
export async function setUpDesk({ node, ...options }: DeskOptions): Promise<Desk> {
  const home = await Deno.makeTempDir({ prefix: "gatepost-home-" });
  const { person, folder } = options;
  const nodeFolder = node.slice(0, node.lastIndexOf("/"));
  const environment = {
    HOME: home,
    PATH: [person.programs, `${folder}/node_modules/.bin`, nodeFolder, "/usr/bin", "/bin"].join(":"),
    BROWSER: person.browser,
    // Without a display some clients do not try to open a browser.
    DISPLAY: ":99",
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
  };
  return {
    ...options,
    home,
    run: (program, args, { env, terminal, answer } = {}) =>
      runToEnd(commandFor(program, args, terminal), home, { ...environment, ...env }, answer),
    serve: (program, until, { env } = {}) =>
      startServing(commandFor(program, []), home, { ...environment, ...env }, until),
    start: (program, args, { env } = {}) =>
      startJsonRpc(commandFor(program, args), home, { ...environment, ...env }),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

/** `env` finds the program by the search path of the desk. */
function commandFor(program: string, args: string[], terminal = false): string[] {
  if (!terminal) {
    return ["/usr/bin/env", program, ...args];
  }
  const quoted = [program, ...args].map((text) => `'${text.replaceAll("'", `'\\''`)}'`);
  return ["/usr/bin/script", "--quiet", "--return", "--command", quoted.join(" "), "/dev/null"];
}
