/**
 * Which of the two ways to the database a deployment has chosen.
 *
 * The client of PostgreSQL is loaded where it is used: whoever keeps to the
 * REST layer does not pay for it.
 *
 * @module
 */

import type { DirectAccess, RestAccess } from "../config.ts";
import { beforeWorkerEnds } from "../worker.ts";
import { connectDatabase, type Database } from "./database.ts";

/** Opens the database. Connects at the first call. */
export async function openDatabase(access: RestAccess | DirectAccess): Promise<Database> {
  if ("key" in access) {
    return connectDatabase(access);
  }
  const { connectDirectly } = await import("./direct_database.ts");
  const database = connectDirectly(access);
  beforeWorkerEnds(() => database.close());
  return database;
}
