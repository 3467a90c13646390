/**
 * Reads the arguments of a task.
 *
 * @module
 */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { Problem, toSentence } from "../local/problem.ts";

const defaultDataFolder = new URL("../../.local", import.meta.url).pathname;

/** What `deno task start` was asked to do. */
export interface StartArguments {
  port: number;
  dataDir: string;
  fresh: boolean;
  ownOrigin: boolean;
  workers: number;
}

/** Reads `[--port N] [--data DIR] [--fresh] [--own-origin] [--workers N]`. */
export function readStartArguments(args: string[]): StartArguments {
  const { values } = parse("start", args, {
    port: { type: "string", default: "54321" },
    data: { type: "string", default: defaultDataFolder },
    fresh: { type: "boolean", default: false },
    "own-origin": { type: "boolean", default: false },
    workers: { type: "string", default: "1" },
  });
  return {
    port: readNumber("--port", values.port, 0, 65535),
    dataDir: String(values.data),
    fresh: values.fresh === true,
    ownOrigin: values["own-origin"] === true,
    workers: readNumber("--workers", values.workers, 1, 64),
  };
}

/** Reads `[--data DIR]`. */
export function readStatusArguments(args: string[]): { dataDir: string } {
  const { values } = parse("status", args, { data: { type: "string", default: defaultDataFolder } });
  return { dataDir: String(values.data) };
}

/** Whose secrets a task works on. */
export interface SecretsArguments {
  /** The project that the environment names, and not the embedded stack. */
  project: boolean;
  dataDir: string;
}

const SECRETS_OPTIONS = {
  project: { type: "boolean", default: false },
  data: { type: "string", default: defaultDataFolder },
} as const;

/** Reads `[--project] [--data DIR]`. */
export function readSecretsArguments(task: string, args: string[]): SecretsArguments {
  const { values } = parse(task, args, SECRETS_OPTIONS);
  return { project: values.project === true, dataDir: String(values.data) };
}

/** Reads `[--in-use [--project] [--data DIR]]`. */
export function readKeysArguments(args: string[]): SecretsArguments & { inUse: boolean } {
  const { values } = parse("keys", args, {
    "in-use": { type: "boolean", default: false },
    ...SECRETS_OPTIONS,
  });
  return {
    inUse: values["in-use"] === true,
    project: values.project === true,
    dataDir: String(values.data),
  };
}

/** What `deno task login` was asked to do. */
export interface LoginArguments {
  mcpUrl?: string;
  auto: boolean;
  userName: string;
  dataDir: string;
}

/** Reads `[MCP URL] [--auto] [--user NAME] [--data DIR]`. */
export function readLoginArguments(args: string[]): LoginArguments {
  const { values, positionals } = parse("login", args, {
    auto: { type: "boolean", default: false },
    user: { type: "string", default: "ada" },
    data: { type: "string", default: defaultDataFolder },
  });
  const [mcpUrl, ...rest] = positionals;
  if (rest.length > 0) {
    throw new Problem("Give at most one MCP URL");
  }
  if (mcpUrl !== undefined && !URL.canParse(mcpUrl)) {
    throw new Problem(`Give the MCP URL as a whole URL: ${mcpUrl} is not one`);
  }
  return {
    ...(mcpUrl === undefined ? {} : { mcpUrl }),
    auto: values.auto === true,
    userName: String(values.user),
    dataDir: String(values.data),
  };
}

type Parsed = { values: Record<string, unknown>; positionals: string[] };

function parse(task: string, args: string[], options: NonNullable<ParseArgsConfig["options"]>): Parsed {
  const allowPositionals = task === "login";
  try {
    return parseArgs({ args, options, allowPositionals }) as Parsed;
  } catch (error) {
    const [reason] = toSentence(error).split(". ");
    const known = Object.keys(options)
      .map((name) => `--${name}`)
      .join(", ");
    throw new Problem(`${reason}: deno task ${task} knows ${known}`);
  }
}

function readNumber(name: string, text: unknown, least: number, most: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) {
    return number;
  }
  throw new Problem(`Give ${name} a whole number from ${least} to ${most}, not ${text}`);
}
