/**
 * Aims nonsense at every endpoint and judges each answer.
 *
 * An answer to nonsense is never a 5xx, never late, and never holds a secret;
 * one that leads elsewhere leads nowhere but to where it was sent.
 *
 * @module
 */

import type { TestStack } from "../../support/stack/stack.ts";
import { buildRandom } from "./random.ts";
import { spoil, type SpoiledRequest } from "./spoil.ts";
import { setSubject, type Subject } from "./subject.ts";

/** What came of it. */
export interface FuzzReport {
  seed: number;
  requests: number;
  /** How many answers had which status. */
  statuses: Record<string, number>;
  /** One line for each answer that should not be. */
  failures: string[];
}

const HANG_MILLISECONDS = 20_000;
/** A tenant is made anew after so many requests: nonsense ends logins, and a dead one tests less. */
const REQUESTS_A_SUBJECT = 500;
const AT_ONCE = 8;
const MAX_FAILURES = 20;

/** Sends so many requests of a seed; `onProgress` hears after each tenant. */
export async function fuzz(
  stack: TestStack,
  requests: number,
  seed: number,
  onProgress: (sent: number) => void = () => undefined,
): Promise<FuzzReport> {
  const random = buildRandom(seed);
  const report: FuzzReport = { seed, requests: 0, statuses: {}, failures: [] };
  while (report.requests < requests && report.failures.length < MAX_FAILURES) {
    await using subject = await setSubject(stack);
    const share = Math.min(REQUESTS_A_SUBJECT, requests - report.requests);
    const queue = Array.from(
      { length: share },
      () => spoil(random.pick(subject.drafts), random, subject.drafts),
    );
    await Promise.all(Array.from({ length: AT_ONCE }, () => work(queue, subject, report)));
    const log = await Deno.readTextFile(stack.logFile);
    for (const [name] of Object.entries(subject.secrets).filter(([, secret]) => log.includes(secret))) {
      report.failures.push(`The log holds the ${name}`);
    }
    onProgress(report.requests);
  }
  return report;
}

async function work(queue: SpoiledRequest[], subject: Subject, report: FuzzReport): Promise<void> {
  for (let request = queue.pop(); request !== undefined; request = queue.pop()) {
    const verdict = await send(request, subject);
    report.requests++;
    report.statuses[verdict.status] = (report.statuses[verdict.status] ?? 0) + 1;
    if (verdict.failure !== undefined) {
      report.failures.push(
        `${request.init.method} ${request.path.slice(0, 120)} (${
          request.changes.join(", ")
        }): ${verdict.failure}`,
      );
    }
  }
}

interface Verdict {
  status: string;
  failure?: string;
}

async function send({ path, init }: SpoiledRequest, { scene, secrets }: Subject): Promise<Verdict> {
  const signal = AbortSignal.timeout(HANG_MILLISECONDS);
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${scene.stack.status.PUBLIC_URL}/${path}`, { ...init, signal });
    text = await response.text();
  } catch (error) {
    return { status: "none", failure: signal.aborted ? "no answer in time" : `no answer: ${error}` };
  }
  const status = String(response.status);
  if (response.status >= 500) {
    return { status, failure: `${status} ${text.slice(0, 200)}` };
  }
  const answer = `${text} ${JSON.stringify([...response.headers])}`;
  const leaked = Object.entries(secrets).filter(([, secret]) => answer.includes(secret));
  if (leaked.length > 0) {
    return { status, failure: `${status} with the ${leaked.map(([name]) => name).join(", ")}` };
  }
  if (response.headers.has("x-injected")) {
    return { status, failure: `${status} with an injected header` };
  }
  return { status };
}
