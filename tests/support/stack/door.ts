/**
 * Which of the two ways to the database the tests go: `GATEPOST_TEST_DOOR=direct` makes it the one without REST.
 *
 * @module
 */

import { readDatabaseAccess } from "../../../functions/_shared/config.ts";
import type { DirectAccess } from "../../../functions/_shared/config.ts";

/** Whether this run tests the functions without the REST layer. */
export function testsDirectly(): boolean {
  return Deno.env.get("GATEPOST_TEST_DOOR") === "direct";
}

/** What functions read of a database's URL. */
export function toDirectAccess(url: string, settings: Record<string, string> = {}): DirectAccess {
  const variables: Record<string, string> = { ...settings, GATEPOST_DATABASE_URL: url };
  return readDatabaseAccess((name) => variables[name]) as DirectAccess;
}
