/**
 * Home: how the organization is.
 *
 * @module
 */

import type { JSX } from "preact";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts/texts.ts";

/** The page. */
export function HomePage(): JSX.Element {
  const { home: t } = texts.value;
  return <Page title={t.title}>{t.allWell}</Page>;
}
