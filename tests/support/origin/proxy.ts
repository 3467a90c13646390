/**
 * What a proxy of `supabase/origin` is started with, and how one is found and waited for.
 *
 * @module
 */

import type { Certificate } from "./certificate.ts";

/** A proxy that runs. */
export type Proxy = AsyncDisposable;

/** What is filled in. */
export interface ProxySetup {
  /** Where the proxy listens: its origin is `http://127.0.0.1:<port>`. */
  port: number;
  /** Where the projects are, whatever their names. */
  projectPort: number;
  /** Trusted by the proxy. */
  certificate: Certificate;
  /** A folder of its own. */
  folder: string;
  /** A slug, or nothing. */
  defaultServer: string;
  /** What the second project serves: slugs, and organizations. The name `elsewhere` unless others are given. */
  elsewhere?: string[];
}

/** One of the proxies. */
export interface ProxyKind {
  name: string;
  /** The program, where it is one of the machine. */
  program?: string;
  /** Names of two projects. The second serves what the setup says, the first all others. */
  hosts: [first: string, second: string];
  /** Whether it asks projects by TLS. */
  secure: boolean;
  /** Whether it refuses a body by its length, before it reads any of it. */
  refusesByLength: boolean;
  start: (setup: ProxySetup) => Promise<Proxy>;
}

/** The folder of the configurations. */
export const ORIGIN_FOLDER = new URL("../../../supabase/origin/", import.meta.url).pathname;

/** Whether a program is installed; in CI it has to be. */
export async function isMissing(program: string): Promise<boolean> {
  if (await Deno.stat(program).then(({ isFile }) => isFile, () => false)) {
    return false;
  }
  if (Deno.env.get("CI")) {
    throw new Error(`There is no ${program}: install it`);
  }
  // deno-lint-ignore no-console
  console.log(`Skipping tests: there is no ${program}`);
  return true;
}

/** Fills in a configuration: each text must be in it, so that the test and the file stay together. */
export function fillIn(
  configuration: string,
  ...replacements: [text: string | RegExp, by: string][]
): string {
  return replacements.reduce((filled, [text, by]) => {
    if (!(text instanceof RegExp ? text.test(filled) : filled.includes(text))) {
      throw new Error(`The configuration has no ${text}`);
    }
    return filled.replaceAll(text, by);
  }, configuration);
}

/** Writes the table of names that the second project serves into a folder, and returns the folder's files of that kind. */
export async function writeTable(
  { folder, elsewhere = ["elsewhere"] }: ProxySetup,
  toLine: (name: string) => string,
): Promise<string> {
  await Deno.writeTextFile(`${folder}/second.map`, elsewhere.map((name) => `${toLine(name)}\n`).join(""));
  return `${folder}/*.map`;
}

/** Starts a program and waits until its port answers. */
export async function runProxy(
  program: string,
  args: string[],
  port: number,
  env: Record<string, string> = {},
): Promise<Proxy> {
  const command = new Deno.Command(program, { args, env, stdin: "null", stdout: "null", stderr: "piped" });
  const child = command.spawn();
  const said = new Response(child.stderr).text();
  let ended = false;
  const status = child.status.then(() => ended = true);
  while (!await answers(port)) {
    if (ended) {
      throw new Error(`${program} has ended: ${await said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGTERM");
      await status;
      await said;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
