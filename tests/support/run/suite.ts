/**
 * Runs one suite with `deno test` and counts its results.
 *
 * @module
 */

/** Tests that run together in one process. */
export interface Suite {
  name: string;
  paths: string[];
  /** Another Deno than the one that runs this; it type-checks the functions first. */
  deno?: string;
  /** Variables of the tests. */
  env?: Record<string, string>;
  /** Runs beside no other: its output is shown as it comes, and else when it has ended. */
  isAlone?: boolean;
  /** Its types are known to be right. Not so for another Deno, whose own types differ. */
  isChecked?: boolean;
}

/** What became of a suite. */
export interface SuiteResult {
  name: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  /** What failed: its name and the beginning of what it said. */
  failures: string[];
}

/** A request whose answer is delivered counts as done and not as aborted. */
const CURRENT = ["--unstable-no-legacy-abort"];
/** The older Deno cannot read the lock file, and trusts the system's certificates only when told to. */
const OLDER = ["--no-lock", "--node-modules-dir=none"];
const OLDER_ENVIRONMENT = { DENO_TLS_CA_STORE: "system,mozilla" };

/** Runs a suite and shows its output. A suite that cannot run counts as one failure. */
export async function runSuite(suite: Suite, importMap: string): Promise<SuiteResult> {
  const started = performance.now();
  const report = `.output/${suite.name}.xml`;
  await Deno.mkdir(".output", { recursive: true });
  await Deno.remove(report).catch(() => undefined);
  const title = `${suite.name}: ${suite.paths.join(", ")}${suite.deno ? " on the edge runtime's Deno" : ""}`;
  say(suite.isAlone ? `\n${title}` : `Begins: ${title}`);

  const options = [`--import-map=${importMap}`, ...(suite.deno ? OLDER : CURRENT)];
  const ran =
    (!suite.deno || (await runDeno(suite, ["check", "--quiet", ...options, ...(await listEntries())]))) &&
    (await runDeno(suite, [
      "test",
      "--quiet",
      "--allow-all",
      ...(suite.isChecked && !suite.deno ? ["--no-check"] : []),
      `--junit-path=${report}`,
      ...options,
      ...suite.paths,
    ]));

  const counts = await countResults(report);
  return {
    name: suite.name,
    ...counts,
    failed: !ran && counts.failed === 0 ? 1 : counts.failed,
    seconds: (performance.now() - started) / 1000,
  };
}

async function runDeno(suite: Suite, args: string[]): Promise<boolean> {
  const env = { ...(suite.deno ? OLDER_ENVIRONMENT : {}), ...suite.env };
  const program = suite.deno ?? Deno.execPath();
  if (suite.isAlone) {
    return (await new Deno.Command(program, { args, env, stdout: "inherit", stderr: "inherit" }).spawn()
      .status).success;
  }
  const { success, stdout, stderr } = await new Deno.Command(program, { args, env }).output();
  const texts = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  say(`\n${suite.name}:\n${texts.filter(Boolean).join("\n\n")}\n`);
  return success;
}

/** The module that the platform loads, of every function. */
async function listEntries(): Promise<string[]> {
  const entries: string[] = [];
  for await (const { name } of Deno.readDir("functions")) {
    if (!name.startsWith("_")) {
      entries.push(`functions/${name}/index.ts`);
    }
  }
  return entries;
}

async function countResults(
  report: string,
): Promise<Pick<SuiteResult, "passed" | "failed" | "skipped" | "failures">> {
  const xml = await Deno.readTextFile(report).catch(() => "");
  const total = /<testsuites [^>]*>/.exec(xml)?.[0] ?? "";
  const read = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(total)?.[1] ?? 0);
  const failed = read("failures") + read("errors");
  const skipped = [...xml.matchAll(/<testsuite [^>]* disabled="(\d+)"/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
  return { passed: read("tests") - failed - skipped, failed, skipped, failures: listFailures(xml) };
}

function listFailures(xml: string): string[] {
  const failed = xml.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<(?:failure|error)(?: message="([^"]*)")?/g);
  return [...failed].map(([, name, message]) => readEntities(`${name}: ${inOneLine(message ?? "")}`));
}

function inOneLine(message: string): string {
  return message.trim().replaceAll(/\s*(?:\n|&#10;|&#xA;)\s*/g, " | ").slice(0, 400);
}

function readEntities(text: string): string {
  const letters: Record<string, string> = { quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" };
  return text.replaceAll(/&(quot|apos|lt|gt|amp);/g, (entity, name: string) => letters[name] ?? entity);
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
