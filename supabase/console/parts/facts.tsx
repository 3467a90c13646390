/**
 * What is known of one thing, a title and a value each.
 *
 * @module
 */

import type { JSX } from "preact";

/** A title, and what stands beside it; null or an empty text where nothing is known. */
export type Fact = readonly [title: string, value: JSX.Element | string | number | null];

/** The facts that are known. */
export function Facts({ facts }: { facts: readonly Fact[] }): JSX.Element {
  return (
    <dl>
      {facts.filter(([, value]) => value !== null && value !== "").map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
