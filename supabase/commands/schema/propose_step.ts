/**
 * Proposes the SQL that leads from one database's schema to another's.
 *
 * `@supabase/pg-delta` plans it from both catalogues. It is an alpha, so its
 * version is pinned, the caller compares the catalogues afterwards, and a
 * person reads every step.
 *
 * @module
 */

import { extract, type Plan, plan, renderPlanFiles } from "@supabase/pg-delta";
import pg from "pg";
import { Problem } from "../../local/problem.ts";

/** A step that nobody has read yet. */
export interface ProposedStep {
  sql: string;
  /** Statements that delete data, or an object and the rights on it. */
  destructive: string[];
}

/** Plans the step from one database to the other; undefined where they do not differ. */
export async function proposeStep(fromUrl: string, toUrl: string): Promise<ProposedStep | undefined> {
  const planned = plan(await readFacts(fromUrl), await readFacts(toUrl));
  const { files } = renderPlanFiles(planned, { allowDrops: true });
  if (files.length > 1 || files[0]?.transactional === false) {
    throw new Problem(
      "Cannot propose one step: a statement needs a transaction of its own, so write it by hand",
    );
  }
  return files[0] && { sql: files[0].contents, destructive: findDestructive(planned) };
}

function findDestructive({ actions }: Plan): string[] {
  return actions.filter(({ verb, dataLoss }) => verb === "drop" || dataLoss === "destructive")
    .map(({ sql }) => sql);
}

type Facts = Parameters<typeof plan>[0];

async function readFacts(url: string): Promise<Facts> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  try {
    return (await extract(pool)).factBase;
  } finally {
    await pool.end();
  }
}
