/**
 * An event of the audit: what has happened, and the name by which it is filtered.
 *
 * @module
 */

import type { JSX } from "preact";
import { texts } from "../texts/texts.ts";

/** The event. One that is newer than the console has its name alone. */
export function EventName({ event }: { event: string }): JSX.Element {
  const { events } = texts.value;
  const text = Object.hasOwn(events, event) ? events[event as keyof typeof events] : undefined;
  return text === undefined ? <code>{event}</code> : (
    <>
      {text} <code class="below">{event}</code>
    </>
  );
}
