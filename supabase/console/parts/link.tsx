/**
 * A link to a page of the console.
 *
 * @module
 */

import type { ComponentChildren, JSX } from "preact";
import { type QueryValues, toHref } from "../router.ts";

/** Where a link leads, and what it says. */
export interface LinkProps {
  /** Such as `/org_demo/members`. */
  to: string;
  query?: QueryValues;
  class?: string;
  isCurrent?: boolean;
  children: ComponentChildren;
}

/** A link. */
export function Link({ to, query = {}, isCurrent = false, children, ...rest }: LinkProps): JSX.Element {
  return (
    <a href={toHref(to, query)} {...rest} {...(isCurrent ? { "aria-current": "page" as const } : {})}>
      {children}
    </a>
  );
}
