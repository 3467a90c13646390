/**
 * Whether a page can be used by everybody: axe-core in the page, which its policy does not keep out.
 *
 * @module
 */

import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe-core finds wrong with a page: the rule, and the elements. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))",
  ) as [id: string, elements: string[]][];
  return found.map(([id, elements]) => `${id}: ${elements.join(" ")}`);
}
