// deno-lint-ignore-file no-console -- the log is what is watched here.
/**
 * Collects what the real log writes.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Log, writeLog } from "../../../functions/_shared/log.ts";

/** One line of the log, parsed. */
export type LogLine = Record<string, unknown>;

/** A log that writes to a list, through the real formatter. */
export function collectLog(): { log: Log; logged: LogLine[] } {
  const logged: LogLine[] = [];
  return {
    logged,
    log: (entry) => logged.push(...captureLines(() => writeLog(entry)).map((line) => JSON.parse(line))),
  };
}

/** The reasons of all lines, which is what most tests want to know. */
export function reasons(logged: LogLine[]): unknown[] {
  return logged.map((line) => line["reason"]);
}

/** Fails if one of these texts stands in the log. */
export function assertNothingLogged(logged: LogLine[], secrets: string[]): void {
  const text = JSON.stringify(logged);
  assertEquals(secrets.filter((secret) => text.includes(secret)), []);
}

/** Runs a synchronous step and returns the lines it prints. */
function captureLines(step: () => void): string[] {
  const lines: string[] = [];
  const original = console.log;
  console.log = (line: string): void => void lines.push(line);
  try {
    step();
  } finally {
    console.log = original;
  }
  return lines;
}
