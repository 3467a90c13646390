/**
 * The frame of a page: its heading, which is also the title of the window, and what can be done at once.
 *
 * @module
 */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { address } from "../router.ts";
import { organization } from "../data/organizations.ts";
import { texts } from "../texts/texts.ts";

/** What a page has. */
export interface PageProps {
  title: string;
  /** A sentence below the heading. */
  intro?: ComponentChildren;
  /** Buttons and links beside the heading. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

let lastPath: string | undefined;

/** A page. Whoever comes to it from another page is taken to its heading, as after a load. */
export function Page({ title, intro, actions, children }: PageProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  const { path } = address.value;
  useEffect(() => {
    document.title = [title, organization.value?.name, texts.value.shell.name].filter(Boolean).join(" · ");
  }, [title, organization.value?.name]);
  useEffect(() => {
    if (lastPath !== undefined && lastPath !== path) {
      scrollTo(0, 0);
      heading.current?.focus({ preventScroll: true });
    }
    lastPath = path;
  }, [path]);
  return (
    <>
      <div class="heading">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </div>
      {intro !== undefined && <p class="intro">{intro}</p>}
      {children}
    </>
  );
}

/** A part of a page with a heading of its own. */
export function Section(
  { title, actions, children }: { title: string; actions?: ComponentChildren; children: ComponentChildren },
): JSX.Element {
  return (
    <section>
      <div class="heading">
        <h2>{title}</h2>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}
