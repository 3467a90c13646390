/**
 * Reading what an endpoint answered.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

/** Fails unless a response has this status and exactly this JSON body. */
export async function assertJson(response: Response, status: number, body: unknown): Promise<void> {
  assertEquals({ status: response.status, body: await response.json() }, { status, body });
}

/** Fails unless a response redirects to this URI with exactly these parameters. */
export async function assertRedirect(
  response: Response,
  uri: string,
  parameters: Record<string, string>,
): Promise<void> {
  await response.body?.cancel();
  const location = readErrorRedirect(response);
  const actual = {
    status: response.status,
    uri: location.href.split("?")[0],
    parameters: [...location.searchParams].sort(),
  };
  assertEquals(actual, { status: 303, uri, parameters: Object.entries(parameters).sort() });
}

/** Where a response leads; an error's description has lost the request id, which is that of the header. */
export function readErrorRedirect(response: Response): URL {
  const location = new URL(response.headers.get("Location") ?? "missing:");
  const description = location.searchParams.get("error_description");
  if (description !== null) {
    const suffix = ` (request ${response.headers.get("X-Request-Id")})`;
    assertEquals([description, description.endsWith(suffix)], [description, true]);
    location.searchParams.set("error_description", description.slice(0, -suffix.length));
  }
  return location;
}

/** The title, status and text of a page, without its markup. */
export async function readPage(
  response: Response,
): Promise<{ status: number; title: string; text: string; html: string }> {
  const html = await response.text();
  const body = /<body>(.*)<\/body>/s.exec(html)?.[1] ?? "";
  return {
    status: response.status,
    title: /<title>(.*)<\/title>/.exec(html)?.[1] ?? "",
    text: body.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim(),
    html,
  };
}

/** Fails unless a page, and nothing else, tells this sentence. */
export async function assertErrorPage(response: Response, status: number, sentence: string): Promise<void> {
  assertEquals(response.headers.get("Location"), null);
  const page = await readPage(response);
  assertEquals(
    { status: page.status, title: page.title, tells: page.text.includes(` ${sentence}.`) },
    { status, title: "Cannot continue", tells: true },
    page.text,
  );
}
