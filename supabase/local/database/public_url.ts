/**
 * Tells the database where the functions are reached, so that it refuses servers that lead back to them.
 *
 * @module
 */

import { connect } from "./connect.ts";

/** Saves `GATEPOST_PUBLIC_URL` in the deployment's settings. */
export async function savePublicUrl(databaseUrl: string, publicUrl: string): Promise<void> {
  const database = connect(databaseUrl);
  try {
    await database`select public.save_deployment_settings(p_public_url => ${publicUrl.replace(/\/+$/, "")})`;
  } finally {
    await database.end();
  }
}
