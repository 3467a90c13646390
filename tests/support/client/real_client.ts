/**
 * What is tried with every real client, and what counts as having got through.
 *
 * @module
 */

import type { Desk } from "./desk.ts";
import { until } from "../run/until.ts";
import type { NodeVersion } from "./installed_client.ts";

/** A client, and how a person uses it. Each function does what the client's documentation says. */
export interface RealClient {
  name: string;
  package: string;
  version: string;
  node: NodeVersion;
  /** What it does not get through where only the functions are reached, and nothing at the origin. */
  needsOrigin?: TrialName[];
  /** Tells the client of the server. */
  addServer?(desk: Desk): Promise<void>;
  /** Logs in after the client has met a 401. */
  logIn(desk: Desk): Promise<void>;
  /** Logs in with nothing but the server's URL, before any request to it. */
  logInFromUrl?(desk: Desk): Promise<void>;
  /** What the client says of the server's tools. */
  listTools(desk: Desk): Promise<string>;
  /** What the client makes of the tool `whoami`. */
  whoami(desk: Desk): Promise<string>;
  /** Makes the client forget the server's login, as its documentation says. */
  forget(desk: Desk): Promise<void>;
  /** Ends what runs on at the desk. */
  close?(desk: Desk): Promise<void>;
}

/** One thing that is tried. */
export interface Trial {
  name: TrialName;
  passed: boolean;
  /** What was seen, in a few words. */
  seen: string;
  /** Where it failed: what the client said and what it asked. */
  detail?: string;
}

export type TrialName =
  | "from the URL alone"
  | "from a 401"
  | "list"
  | "call"
  | "record"
  | "refresh"
  | "restart"
  | "fresh database";

/** The order of the table's columns. */
export const TRIAL_NAMES: TrialName[] = [
  "from a 401",
  "from the URL alone",
  "list",
  "call",
  "record",
  "refresh",
  "restart",
  "fresh database",
];

/** What is seen of a trial that failed. */
export const FAILED = "failed";

/** Tries one thing. `requests` holds what the stack has been asked; what was asked before does not count. */
export async function tryOut(
  name: TrialName,
  requests: string[],
  act: () => Promise<string>,
): Promise<Trial> {
  requests.length = 0;
  try {
    return { name, passed: true, seen: await act() };
  } catch (error) {
    const asked = requests.join("\n");
    return { name, passed: false, seen: FAILED, detail: `${error}\n\nAsked:\n${asked}` };
  }
}

/** Adds the server and logs in as one does who has just met a 401. */
export async function logInFrom401(client: RealClient, desk: Desk, requests: string[]): Promise<string> {
  await client.addServer?.(desk);
  await client.logIn(desk);
  demand(requests, /^(POST|GET|HEAD) \/mcp\/demo 401$/, "no 401");
  demand(requests, /^POST \/oauth-token\/demo 200$/, "no tokens");
  return requests.includes("POST /oauth-register/demo 201") ? "registered" : "by its document";
}

/** Logs in with the URL alone. */
export async function logInFromUrl(client: RealClient, desk: Desk, requests: string[]): Promise<string> {
  await client.addServer?.(desk);
  await client.logInFromUrl?.(desk);
  demand(
    requests,
    /^GET \/\.well-known\/oauth-protected-resource\/functions\/v1\/mcp\/demo 200$/,
    "no document",
  );
  demand(requests, /^POST \/oauth-token\/demo 200$/, "no tokens");
  const met = requests.findIndex((request) => request.endsWith("/mcp/demo 401"));
  const logged = requests.findIndex((request) => request === "POST /oauth-token/demo 200");
  if (met !== -1 && met < logged) {
    throw new Error("The client met a 401 first");
  }
  return "yes";
}

/** Lists the tools. */
export async function listTools(client: RealClient, desk: Desk): Promise<string> {
  const text = await client.listTools(desk);
  for (const name of ["add", "whoami"]) {
    if (!text.includes(name)) {
      throw new Error(`${name} is not listed: ${text}`);
    }
  }
  return "yes";
}

/** Calls `whoami`, and says as whom. */
export async function callWhoami(client: RealClient, desk: Desk): Promise<string> {
  return readUser(await client.whoami(desk));
}

/** Finds the call of `whoami` among those that were recorded since, once, and nothing that was not called. */
export async function findRecorded(readNewCalls: () => Promise<string[]>): Promise<string> {
  const recorded = await until("the record of the call", async () => {
    const calls = await readNewCalls();
    return calls.length > 0 ? calls : undefined;
  });
  if (recorded.join() !== "tools/call whoami ok") {
    throw new Error(`Recorded is: ${recorded.join(", ")}`);
  }
  return "yes";
}

/** Calls with an access token that has expired: refreshed, and nobody logged in again. */
export async function callAfterExpiry(client: RealClient, desk: Desk, requests: string[]): Promise<string> {
  readUser(await client.whoami(desk));
  const refreshed = requests.filter((request) => request === "POST /oauth-token/demo 200").length;
  demand(requests, /^POST \/oauth-token\/demo 200$/, "nothing refreshed");
  refuse(requests, /\/oauth-authorize\//, "logged in again");
  return refreshed === 1 ? "yes" : `yes, ${refreshed} times`;
}

/** Calls after a restart: as the same user, and nobody logged in again. */
export async function callAfterRestart(
  client: RealClient,
  desk: Desk,
  requests: string[],
  user: string,
): Promise<string> {
  const after = readUser(await client.whoami(desk));
  if (after !== user) {
    throw new Error(`Another user after the restart: ${after}`);
  }
  refuse(requests, /\/oauth-authorize\//, "logged in again");
  return "yes";
}

/** Calls after the database was lost: by itself, else after a login, else after the client was made to forget. */
export async function recover(client: RealClient, desk: Desk): Promise<string> {
  const attempts: [string, () => Promise<void>][] = [
    ["by itself", () => Promise.resolve()],
    ["after a login", () => client.logIn(desk)],
    ["after forgetting", async () => {
      await client.forget(desk);
      await client.logIn(desk);
    }],
  ];
  const errors: unknown[] = [];
  for (const [name, prepare] of attempts) {
    try {
      await prepare();
      readUser(await client.whoami(desk));
      return name;
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, errors.join("\n\n"));
}

/** Throws unless a program has done what it was asked. */
export function succeed({ code, output }: { code: number; output: string }): string {
  if (code !== 0) {
    throw new Error(`The client ends with ${code}:\n${output}`);
  }
  return output;
}

function readUser(text: string): string {
  const [user] = /mcpu_[A-Za-z0-9_-]{12}/.exec(text) ?? [];
  if (user === undefined || !text.includes("ada@example.com")) {
    throw new Error(`Nobody is named in: ${text}`);
  }
  return user;
}

function demand(requests: string[], wanted: RegExp, problem: string): void {
  if (!requests.some((request) => wanted.test(request))) {
    throw new Error(`The client got through with ${problem}`);
  }
}

function refuse(requests: string[], unwanted: RegExp, problem: string): void {
  if (requests.some((request) => unwanted.test(request))) {
    throw new Error(`The client has ${problem}`);
  }
}
