/**
 * One of those that are measured, as the bench sees it.
 *
 * @module
 */

import type { Database } from "../../../../supabase/local/database/connect.ts";
import type { Way } from "../client/way.ts";
import type { Root } from "../processes.ts";

/** A side that runs. */
export interface Side extends AsyncDisposable {
  name: string;
  /** What runs, with versions. */
  versions: string;
  /** What its login does that others' do not, or leaves out. */
  work: string;
  ways: Way[];
  /** Its processes, by what they do. The database's own are `database`. */
  roots: Record<string, Root[]>;
  /** Its database, as the superuser; none where it has none. */
  database?: Database;
}

/** What sides share: one PostgreSQL and one provider upstream. */
export interface Ground {
  /** The superuser's URL of the PostgreSQL server. */
  adminUrl: string;
  upstreamUrl: string;
  /** Where a side may write. */
  folder: string;
}
