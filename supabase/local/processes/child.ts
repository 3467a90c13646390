/**
 * Starts a Deno process that lives as long as its standard input is open.
 *
 * The first line of the child's standard input is its configuration, so that
 * no process list shows a secret. At the end of input the child ends, so that
 * it never runs longer than this process. When the child serves, it prints a
 * line `{"listening": port}`. Every other line is for its log.
 *
 * @module
 */

import { splitLines } from "./lines.ts";

/** What to run, and what it may do. */
export interface ChildOptions {
  /** URL of the module to run. */
  script: URL;
  permissions: string[];
  env?: Record<string, string>;
  configuration: unknown;
  /** Receives every line of both outputs, except the one that names the port. */
  onLine: (line: string) => void;
}

/** A child that serves HTTP on a port of the loopback interface. */
export interface Child {
  /** Resolves with the port, or with undefined when the child ends before it serves. */
  listening: Promise<number | undefined>;
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** Variables by which Deno finds its cache and npm's settings. */
const DENO_VARIABLES = ["HOME", "PATH", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];

/** Variables by which Deno finds the authorities that this machine trusts, and the proxy that it uses. */
const TRUST_VARIABLES = ["DENO_CERT", "DENO_TLS_CA_STORE", "SSL_CERT_FILE"];
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

const GRACE_MILLISECONDS = 5000;

/** Starts a child in a session of its own, so that Ctrl-C does not end it. */
export function startChild(options: ChildOptions): Child {
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const flags = ["--quiet", "--no-prompt", "--config", config, ...options.permissions];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, options.script.href],
    clearEnv: true,
    env: { ...inherited(), ...options.env, NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  const input = process.stdin.getWriter();
  const line = JSON.stringify(options.configuration) + "\n";
  input.write(new TextEncoder().encode(line)).catch(() => undefined);
  const ended = process.status.then(() => undefined);
  readLines(process.stderr, options.onLine);
  return {
    ended,
    listening: readPort(process.stdout, options.onLine),
    async stop(): Promise<void> {
      await input.close().catch(() => undefined);
      const timer = setTimeout(() => process.kill("SIGKILL"), GRACE_MILLISECONDS);
      await ended;
      clearTimeout(timer);
    },
  };
}

function inherited(): Record<string, string> {
  const found = [...DENO_VARIABLES, ...TRUST_VARIABLES, ...PROXY_VARIABLES].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(found);
}

function readPort(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  readLines(stream, (line) => {
    const [, port] = /^\{"listening":(\d+)\}$/.exec(line) ?? [];
    if (port === undefined) {
      return onLine(line);
    }
    resolve(Number(port));
  }).then(() => resolve(undefined));
  return promise;
}

async function readLines(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines());
  for await (const line of lines) {
    if (line !== "") {
      onLine(line);
    }
  }
}
