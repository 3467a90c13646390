// deno-lint-ignore-file no-console
/**
 * What the gateway is measured in: a stack, an MCP server, somebody logged in, and a client.
 *
 * The gateway and the pass-through each have a worker of their own, both run by
 * the stack's `function_worker.ts`, and are called at its port. The stack's
 * front stands before neither: it is a proxy as well, and would hide what is
 * asked for. It is a side of its own instead.
 *
 * @module
 */

import { connect as connectDatabase } from "../../../supabase/local/database/connect.ts";
import { functionVariables } from "../../../supabase/local/functions/function_variables.ts";
import { type Child, startChild } from "../../../supabase/local/processes/child.ts";
import { type Stack, startStack } from "../../../supabase/local/stack.ts";
import { connect } from "../../support/client/mcp_client.ts";
import type { Load, Reading, ReadingResult, Target, Timing } from "./load.ts";
import { type Listening, startWorker } from "./worker.ts";

/** Who answers: each is a way to the same MCP server. */
export const sides = [
  "direct",
  "pass-through",
  "gateway",
  "gateway without records",
  "front + gateway",
] as const;
export type Side = (typeof sides)[number];

/** Where a way begins. */
export interface Entrance {
  url: string;
  /** The process that the call goes through; none where there is none, or more than one. */
  pid?: number;
}

/** A worker that has just begun takes so many calls until V8 has compiled for good what a call runs. */
export const WARM_UP = { clients: 16, calls: 20_000 };

/** Every way, with workers that have just begun. */
export interface Ways extends AsyncDisposable {
  entrances: Record<Side, Entrance>;
  /** The request for an answer of so many bytes. */
  buildTarget: (side: Side, tool: "text" | "stream", bytes: number, accessToken?: string) => Target;
}

/** A running scene. */
export interface Scene extends AsyncDisposable {
  /** Starts a worker of the pass-through and one of the gateway. */
  openWays: () => Promise<Ways>;
  runCalls: (load: Load) => Promise<Timing>;
  /** Makes each call once, row after row: the milliseconds by column. */
  callInTurn: (rows: Target[][]) => Promise<number[][]>;
  /** Logs so many people in: their access tokens. */
  logIn: (people: number) => Promise<string[]>;
  /** The RPC of a first call, for a token family. */
  buildOpening: (familyId: string) => Target;
  readStream: (reading: Reading) => Promise<ReadingResult>;
  /** How many bytes of streams the MCP server was asked for so far. */
  countStreamedBytes: () => Promise<number>;
}

/** Starts everything; the workers in another Deno, where one is given. */
export async function setScene(edgeDeno?: string): Promise<Scene> {
  await using started = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "gatepost-bench-" });
  started.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.chmod(folder, 0o711);
  const dataDir = `${folder}/stack`;
  const stack = await startStack({ port: 0, dataDir, quiet: true });
  started.defer(() => stack.stop());

  const mcp = await start("mcp_server.ts");
  await pointServer(stack, `${mcp.url}/mcp`);
  const client = await start("load.ts");
  const secrets = JSON.parse(await Deno.readTextFile(`${dataDir}/secrets.json`));
  const { tokens } = await connect(stack.status.MCP_URL, { userName: "bench" });

  const stopping = started.move();
  return {
    openWays,
    runCalls: (load) => ask(`${client.url}/calls`, load),
    callInTurn: (rows) => ask(`${client.url}/turns`, rows),
    logIn,
    buildOpening: (familyId) => buildOpening(stack, familyId),
    readStream: (reading) => ask(`${client.url}/stream`, reading),
    countStreamedBytes: async () => (await ask<{ streamedBytes: number }>(mcp.url)).streamedBytes,
    [Symbol.asyncDispose]: () => stopping.disposeAsync(),
  };

  async function logIn(people: number): Promise<string[]> {
    const accessTokens: string[] = [];
    for (let person = 0; person < people; person++) {
      const { tokens } = await connect(stack.status.MCP_URL, { userName: `bench-${person}` });
      accessTokens.push(tokens.access_token);
    }
    return accessTokens;
  }

  async function openWays(): Promise<Ways> {
    await using starting = new AsyncDisposableStack();
    const direct = { url: `${mcp.url}/mcp` };
    const passThrough = starting.use(
      await startWorker({
        name: "pass-through",
        entrypoint: "tests/bench/gateway/pass_through.ts",
        env: { PASS_THROUGH_URL: direct.url },
        folder,
        edgeDeno,
      }),
    );
    const gateway = starting.use(
      await startWorker({
        name: "mcp",
        entrypoint: "functions/mcp/index.ts",
        env: functionVariables(stack.status.API_URL, secrets, {}),
        folder,
        edgeDeno,
      }),
    );
    const unrecorded = starting.use(
      await startWorker({
        name: "mcp",
        entrypoint: "tests/bench/gateway/without_records.ts",
        env: functionVariables(stack.status.API_URL, secrets, {}),
        folder,
        edgeDeno,
      }),
    );
    const entrances: Record<Side, Entrance> = {
      direct: direct,
      "pass-through": { url: `${passThrough.url}/pass-through`, pid: passThrough.pid },
      gateway: { url: `${gateway.url}/mcp/demo`, pid: gateway.pid },
      "gateway without records": { url: `${unrecorded.url}/mcp/demo`, pid: unrecorded.pid },
      "front + gateway": { url: stack.status.MCP_URL },
    };
    const stopping = starting.move();
    return {
      entrances,
      buildTarget: (side, tool, bytes, accessToken = tokens.access_token) =>
        buildTarget(entrances[side].url, accessToken, tool, bytes),
      [Symbol.asyncDispose]: () => stopping.disposeAsync(),
    };
  }

  async function start(script: string): Promise<Listening> {
    const permissions = ["--allow-net"];
    const url = new URL(script, import.meta.url);
    return await started.use(
      await listen(startChild({ script: url, permissions, configuration: null, onLine: console.error })),
    );
  }
}

function buildTarget(url: string, accessToken: string, tool: string, bytes: number): Target {
  return {
    url,
    headers: {
      Authorization: `Bearer ${accessToken}`,
      Accept: "application/json, text/event-stream",
      // Else a proxy may unpack what the server has packed, and the sides would do different work.
      "Accept-Encoding": "identity",
      "Content-Type": "application/json",
      "MCP-Protocol-Version": "2025-11-25",
      "Mcp-Session-Id": "00000000-0000-4000-8000-000000000000",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: tool, arguments: { bytes } },
    }),
  };
}

function buildOpening({ status }: Stack, familyId: string): Target {
  return {
    url: `${status.API_URL}/rest/v1/rpc/open_mcp_call`,
    headers: {
      "apikey": status.SECRET_KEY,
      "Authorization": `Bearer ${status.SECRET_KEY}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ p_slug: "demo", p_family_id: familyId, p_session_hash: null }),
  };
}

async function listen(child: Child): Promise<Listening> {
  const port = await child.listening;
  if (port === undefined) {
    throw new Error("A process of the benchmark does not start: see above");
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => child.stop() };
}

/** Points the demo's row at the benchmark's server, with tokens that outlive the run. */
async function pointServer({ adminUrl }: Stack, url: string): Promise<void> {
  const database = connectDatabase(adminUrl, 1);
  await database`
    update public.mcp_servers set upstream_url = ${url}, access_token_seconds = 86400 where slug = 'demo'`;
  await database.end();
}

async function ask<Answer>(url: string, question?: unknown): Promise<Answer> {
  const response = await fetch(
    url,
    question === undefined ? {} : { method: "POST", body: JSON.stringify(question) },
  );
  if (!response.ok) {
    throw new Error(`The client failed: ${await response.text()}`);
  }
  return await response.json();
}
