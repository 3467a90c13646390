/**
 * Makes a bare cluster look like a Supabase project.
 *
 * @module
 */

import { ADMIN } from "../postgres/cluster.ts";
import type { Secrets } from "../secrets.ts";
import { connect, databaseUrl } from "./connect.ts";

/** The name of the demo provider's database, and of its owner. */
export const DEMO_PROVIDER = "demo_provider";

/** Prepares the cluster, unless an earlier start has done it. */
export async function preparePlatform(port: number, secrets: Secrets): Promise<void> {
  const url = databaseUrl(ADMIN, secrets.adminPassword, port, "postgres");
  const database = connect(url);
  try {
    const [row] = await database`select to_regclass('auth.users') as users`;
    if (row?.users !== null) {
      return;
    }
    const { getAuthSchemaSql } = await import("@supabase/lite");
    await database.begin(async (transaction) => {
      await transaction.file(new URL("platform.sql", import.meta.url).pathname);
      await transaction.unsafe(getAuthSchemaSql());
      await transaction.unsafe(`
        reset role;
        alter role postgres password '${secrets.postgresPassword}';
        create role ${DEMO_PROVIDER} login password '${secrets.demoProviderPassword}';
      `);
    });
    await database.unsafe(`create database ${DEMO_PROVIDER} owner ${DEMO_PROVIDER}`);
  } finally {
    await database.end();
  }
}
