/**
 * Reads the arguments of the tasks that have some.
 *
 * @module
 */

import { resolve } from "node:path";
import { Problem } from "../local/problem.ts";
import { readCommandLine } from "./command_line.ts";
import { PLACE_OPTIONS, type PlaceValues } from "./platform/place.ts";

/** Which embedded stack. */
export const DATA_OPTION = {
  description: "the folder that the stack keeps its data in",
  value: "DIR",
  fallback: new URL("../../.local", import.meta.url).pathname,
};

/** What `deno task start` was asked to do. */
export interface StartArguments {
  port: number;
  dataDir: string;
  fresh: boolean;
  ownOrigin: boolean;
  direct: boolean;
  defaultServer?: string;
  workers: number;
}

/** Reads the arguments of `start`. */
export function readStartArguments(args: string[]): StartArguments {
  const { values } = readCommandLine({
    task: "start",
    summary:
      "Runs the embedded stack until Ctrl-C: database, functions, a demo provider and a demo MCP server.",
    options: {
      port: { description: "the port of the stack's address", value: "N", fallback: "54321" },
      data: DATA_OPTION,
      fresh: { description: "deletes the data first" },
      workers: { description: "processes that serve the functions", value: "N", fallback: "1" },
      direct: { description: "lets the functions speak to PostgreSQL without the REST layer" },
      "own-origin": { description: "serves the functions at the root, as on an origin of your own" },
      "default-server": {
        description: "the server that clients reach which know the origin alone",
        value: "SLUG",
      },
    },
  }, args);
  const defaultServer = values["default-server"];
  return {
    port: readNumber("--port", values.port, 0, 65535),
    dataDir: values.data,
    fresh: values.fresh,
    ownOrigin: values["own-origin"],
    direct: values.direct,
    ...(defaultServer === undefined ? {} : { defaultServer }),
    workers: readNumber("--workers", values.workers, 1, 64),
  };
}

/** Reads the arguments of `status`. */
export function readStatusArguments(args: string[]): { dataDir: string } {
  const { values } = readCommandLine({
    task: "status",
    summary: "Prints the addresses and keys of the running stack as JSON.",
    options: { data: DATA_OPTION },
  }, args);
  return { dataDir: values.data };
}

/** The folder that `bundle` writes to unless it is told another, and that `deploy` deploys. */
export const BUNDLE_FOLDER = new URL("../../.output/bundle", import.meta.url).pathname;

const DIRECT_OPTION = {
  description: "with the client of PostgreSQL, for projects that set GATEPOST_DATABASE_URL",
};

const TELEMETRY_OPTION = {
  description: "with OpenTelemetry's packages, for projects that set GATEPOST_OTLP_ENDPOINT",
};

/** Reads the arguments of `bundle`. */
export function readBundleArguments(
  args: string[],
): { folder: string; direct: boolean; telemetry: boolean } {
  const { values, words: [folder] } = readCommandLine({
    task: "bundle",
    summary: "Makes one file of every function, with a config.toml by which the Supabase CLI deploys them.",
    word: { name: "DIR", description: `the folder to write to; ${BUNDLE_FOLDER} without` },
    options: { direct: DIRECT_OPTION, telemetry: TELEMETRY_OPTION },
  }, args);
  return { folder: folder === undefined ? BUNDLE_FOLDER : resolve(folder), ...values };
}

/** What `deno task deploy` was asked to do. */
export interface DeployArguments {
  /** The project's reference; undefined for the linked one. */
  project: string | undefined;
  direct: boolean;
  telemetry: boolean;
  yes: boolean;
}

/** Reads the arguments of `deploy`. */
export function readDeployArguments(args: string[]): DeployArguments {
  const { values } = readCommandLine({
    task: "deploy",
    summary: "Bundles every function and deploys the bundles with the Supabase CLI.",
    options: {
      project: { description: "the project's reference; the linked one without", value: "REF" },
      direct: DIRECT_OPTION,
      telemetry: TELEMETRY_OPTION,
      yes: { description: "does not ask whether to deploy" },
    },
  }, args);
  return values;
}

/** What `deno task console` was asked to do. */
export interface ConsoleArguments extends PlaceValues {
  /** Writes the files there; undefined serves them. */
  folder: string | undefined;
  port: number;
}

/** Reads the arguments of `console`. */
export function readConsoleArguments(args: string[]): ConsoleArguments {
  const { values } = readCommandLine({
    task: "console",
    summary: "Serves the console for a project on this machine, or writes its files for a static host.",
    options: {
      url: PLACE_OPTIONS.url,
      key: PLACE_OPTIONS["publishable-key"],
      "public-url": PLACE_OPTIONS["public-url"],
      build: { description: "writes the files to DIR, and serves nothing", value: "DIR" },
      port: { description: "the port to serve at", value: "N", fallback: "54380" },
      data: DATA_OPTION,
    },
  }, args);
  const { build, key, port, ...place } = values;
  return {
    ...place,
    "publishable-key": key,
    folder: build === undefined ? undefined : resolve(build),
    port: readNumber("--port", port, 0, 65535),
  };
}

/** Whose secrets a task works on. */
export interface SecretsArguments {
  /** The project that the environment names, and not the embedded stack. */
  project: boolean;
  dataDir: string;
}

const SECRETS_OPTIONS = {
  project: { description: "works on the project that the environment names, not on the running stack" },
  data: DATA_OPTION,
} as const;

/** Reads the arguments of `reseal`. */
export function readResealArguments(args: string[]): SecretsArguments {
  const { values } = readCommandLine({
    task: "reseal",
    summary: "Seals every secret in the database under the first encryption key.",
    options: SECRETS_OPTIONS,
  }, args);
  return { project: values.project, dataDir: values.data };
}

/** What `deno task keys` was asked to do. */
export interface KeysArguments extends SecretsArguments {
  inUse: boolean;
  /** `GATEPOST_PUBLIC_URL` of the origin that a further cell is for. */
  cell?: string;
}

/** Reads the arguments of `keys`. */
export function readKeysArguments(args: string[]): KeysArguments {
  const { values } = readCommandLine({
    task: "keys",
    summary: "Prints new signing and encryption keys, ready for an .env file.",
    options: {
      "in-use": { description: "prints how many secrets stand under which key, and makes none" },
      cell: { description: "makes the keys of a further project behind the origin at URL", value: "URL" },
      ...SECRETS_OPTIONS,
    },
  }, args);
  const { project, data: dataDir, cell } = values;
  if (cell !== undefined && !URL.canParse(cell)) {
    throw new Problem(`Give --cell the origin's GATEPOST_PUBLIC_URL: ${cell} is not a URL`);
  }
  return { inUse: values["in-use"], project, dataDir, ...(cell === undefined ? {} : { cell }) };
}

/** What `deno task login` was asked to do. */
export interface LoginArguments {
  mcpUrl?: string;
  auto: boolean;
  userName: string;
  dataDir: string;
}

/** Reads the arguments of `login`. */
export function readLoginArguments(args: string[]): LoginArguments {
  const { values, words: [mcpUrl] } = readCommandLine({
    task: "login",
    summary: "Logs in to an MCP server as a client does, lists its tools and calls whoami.",
    word: { name: "URL", description: "the MCP server; the running stack's demo server without" },
    options: {
      auto: { description: "walks through the login without a browser" },
      user: { description: "who logs in with --auto", value: "NAME", fallback: "ada" },
      data: DATA_OPTION,
    },
  }, args);
  if (mcpUrl !== undefined && !URL.canParse(mcpUrl)) {
    throw new Problem(`Give the MCP URL as a whole URL: ${mcpUrl} is not one`);
  }
  return {
    ...(mcpUrl === undefined ? {} : { mcpUrl }),
    auto: values.auto,
    userName: values.user,
    dataDir: values.data,
  };
}

/** A whole number in a range, or a problem. */
export function readNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) {
    return number;
  }
  throw new Problem(`Give ${name} a whole number from ${least} to ${most}, not ${text}`);
}
