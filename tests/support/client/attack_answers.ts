/**
 * Reading answers: whole, and with what an attack looks for.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

/** An answer in JSON. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Reads an answer that must be JSON. */
export async function readAnswer(response: Response): Promise<Answer> {
  return { status: response.status, body: await response.json() };
}

/** Asserts an OAuth error: its status, its code, and a sentence for whoever asked. */
export async function assertRefused(response: Response, status: number, error: string): Promise<void> {
  const answer = await readAnswer(response);
  assertEquals({ status: answer.status, error: answer.body["error"] }, { status, error });
  assertEquals(typeof answer.body["error_description"], "string");
}

/** Asserts that a page is shown and that nothing leads elsewhere: no redirect, no cookie. */
export async function assertShown(response: Response, status: number): Promise<string> {
  const page = await response.text();
  const { headers } = response;
  assertEquals(
    { status: response.status, location: headers.get("Location"), cookie: headers.get("Set-Cookie") },
    { status, location: null, cookie: null },
  );
  return page;
}
