/**
 * What every refusal has in common.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { UPSTREAM_TEXT } from "../provider/faults.ts";
import { readErrorRedirect } from "./answers.ts";

/** A refusal in JSON (RFC 6749 §5.2): a code, a sentence, and nothing else. */
export async function assertRefused(response: Response, status: number, error: string): Promise<string> {
  const body = await response.text();
  assertEquals(response.status, status, `${response.status}: ${body}`);
  assertEquals(response.headers.get("Content-Type"), "application/json");
  assertEquals(response.headers.get("Cache-Control"), "no-store");
  assertEquals(response.headers.get("Location"), null);
  assert(response.headers.get("X-Request-Id"));
  const { error_description, ...others } = JSON.parse(body);
  assertEquals(others, { error });
  assertSentence(error_description);
  return error_description;
}

/** A refusal on a page, which never redirects. */
export async function assertShown(response: Response, status: number, error: string): Promise<string> {
  const page = await response.text();
  assertEquals(response.status, status, page);
  assertEquals(response.headers.get("Content-Type"), "text/html; charset=utf-8");
  assertEquals(response.headers.get("Location"), null);
  assert(page.includes(`Code ${error},`), page);
  return page;
}

/** A refusal that is redirected to the client, with `state` and `iss`. */
export async function assertRedirected(
  response: Response,
  expected: { redirectUri: string; error: string; state: string | undefined; iss: string },
): Promise<string> {
  await response.body?.cancel();
  assertEquals(response.status, 303);
  const location = readErrorRedirect(response);
  assertEquals(location.href.split("?")[0], expected.redirectUri);
  const { error_description, ...others } = Object.fromEntries(location.searchParams);
  assertEquals(others, {
    error: expected.error,
    ...(expected.state === undefined ? {} : { state: expected.state }),
    iss: expected.iss,
  });
  assertSentence(error_description!);
  return error_description!;
}

/** Upper-case start, no full stop, nothing of what was thrown. */
function assertSentence(text: string): void {
  assertMatch(text, /^[A-Z][^\n]*[^.\s]$/);
  assert(!text.includes(UPSTREAM_TEXT) && !/Error:|PGRST|undefined|\[object/.test(text), text);
}
