/**
 * Texts that others wrote, such as a person's name: shown as text, apart from what stands around them.
 *
 * Characters that nobody sees are replaced by a mark. A direction mark could
 * otherwise turn the rest of a sentence around, so that a page says of one person
 * what is true of another.
 *
 * @module
 */

import type { JSX } from "preact";

/** Controls, direction marks, and what has no width, but for lines and what joins the parts of letters and emoji. */
const UNSEEN = /(?![\t\n\r\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;
const MARK = "\ufffd";
const LONGEST = 200;

/** The text with a mark for what nobody sees, in one line of a bounded length. For sentences. */
export function toVisible(text: string): string {
  const line = text.replaceAll(UNSEEN, MARK).replaceAll(/\s+/g, " ").trim();
  const characters = [...line];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : line;
}

/** The text with a mark for what nobody sees, its lines as they are. For what is shown as a whole. */
export function toVisibleLines(text: string): string {
  return text.replaceAll(UNSEEN, MARK);
}

/** A text that others wrote. */
export function Foreign({ text }: { text: string }): JSX.Element {
  return <bdi>{toVisible(text)}</bdi>;
}

/** A document that others wrote, such as a profile. */
export function ForeignJson({ value }: { value: unknown }): JSX.Element {
  return <pre tabIndex={0}><bdi>{toVisibleLines(JSON.stringify(value, null, 2))}</bdi></pre>;
}

/** What a person is called in a sentence: the name, else the address, else the id. */
export function nameOf(
  { name, email, mcp_server_user_id }: {
    name?: string | null;
    email?: string | null;
    mcp_server_user_id: string | null;
  },
): string {
  return [name, email].map((text) => toVisible(text ?? "")).find((text) => text !== "") ??
    mcp_server_user_id ?? "";
}
