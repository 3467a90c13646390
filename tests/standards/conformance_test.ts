/**
 * The official conformance runner of the protocol against the running stack, under a path and on an own origin.
 *
 * Every scenario that it has for authorization servers runs, for each revision
 * of the specification, as a public client: where `none` is offered the runner
 * sends no secret, even if it has one. Where the runner cannot be fetched from npm the tests
 * are skipped, and the run says so.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { splitLines } from "../../supabase/local/processes/lines.ts";
import { walkLogin } from "../../supabase/commands/login/walk_login.ts";
import { findFreePort } from "../../supabase/local/ports.ts";
import { discover, register } from "../support/client/mcp_client.ts";
import { type TestStack, useStack } from "../support/stack/stack.ts";

const RUNNER = "npm:@modelcontextprotocol/conformance@0.2.0-alpha.12";
const MOST_MILLISECONDS = 30_000;
const SCENARIOS = ["authorization-code-grant", "authorization-server-metadata-endpoint"];
const REVISIONS = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];

// Twice, because what the first try fetched is kept for the second.
const hasRunner = (await run(["list"])).success || (await run(["list"])).success;
if (!hasRunner) {
  // deno-lint-ignore no-console
  console.log(`Skipping the conformance runner: ${RUNNER} cannot be run here`);
}

const places: [name: string, stack: TestStack][] = [
  ["under a path", await useStack("own")],
  ["on an own origin", await useStack("own", { ownOrigin: true })],
];

for (const [place, stack] of places) {
  for (const revision of REVISIONS) {
    Deno.test({
      name: `the conformance runner finds nothing wrong ${place} by the revision ${revision}`,
      ignore: !hasRunner,
      async fn(): Promise<void> {
        const port = findFreePort();
        const client = await register(await discover(stack.status.MCP_URL), {
          redirect_uris: [`http://127.0.0.1:${port}/callback`],
        });

        const folder = await Deno.makeTempDir({ prefix: "gatepost-conformance-" });
        const { success, output } = await run([
          "authorization",
          ...["--url", stack.status.ISSUER, "--client-id", client.clientId, "--port", `${port}`],
          ...["--resource", stack.status.MCP_URL, "--spec-version", revision, "--output-dir", folder],
        ], logIn);
        const checks = await readChecks(folder);
        await Deno.remove(folder, { recursive: true });

        assertEquals(checks.filter(({ status }) => status !== "SUCCESS"), [], output.join("\n"));
        assertEquals([...new Set(checks.map(({ scenario }) => scenario))].sort(), SCENARIOS);
        assertEquals(success, true);
      },
    });
  }
}

interface Check {
  scenario: string;
  id: string;
  status: string;
  errorMessage?: string;
}

/** What the runner found, of every scenario. */
async function readChecks(folder: string): Promise<Check[]> {
  const checks: Check[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const scenario = SCENARIOS.find((scenario) => name.includes(scenario)) ?? name;
    const found = JSON.parse(await Deno.readTextFile(`${folder}/${name}/checks.json`)) as Check[];
    checks.push(...found.map(({ id, status, errorMessage }) => ({
      scenario,
      id,
      status,
      ...(errorMessage ? { errorMessage } : {}),
    })));
  }
  return checks;
}

/** Logs in where the runner asks for a person, and goes back to it. */
async function logIn(line: string): Promise<void> {
  const [url] = /https?:\/\/\S+\/oauth-authorize\/\S+/.exec(line) ?? [];
  if (url !== undefined) {
    const returned = await walkLogin(url, { userName: "ada" });
    await (await fetch(returned)).body?.cancel();
  }
}

/** Runs the runner; `onLine` is told what it prints. */
async function run(
  args: string[],
  onLine: (line: string) => Promise<void> = () => Promise.resolve(),
): Promise<{ success: boolean; output: string[] }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      "--no-lock",
      "--no-config",
      "--node-modules-dir=none",
      RUNNER,
      ...args,
    ],
    // Where npm does not answer, the runner would wait for it without end.
    signal: AbortSignal.timeout(MOST_MILLISECONDS),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output: string[] = [];
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines());
  for await (const line of lines) {
    output.push(line);
    await onLine(line);
  }
  return { success: (await child.status).success, output };
}
