/**
 * The login of functions that speak to PostgreSQL without the REST layer.
 *
 * @module
 */

import { connect } from "./connect.ts";

/** The role that the migrations make. */
const ROLE = "gatepost_functions";

/** Lets the role log in with a password, as an operator does once, and returns its URL. */
export async function openFunctionsLogin(databaseUrl: string, password: string): Promise<string> {
  const database = connect(databaseUrl);
  try {
    await database.unsafe(`alter role ${ROLE} login password '${password}'`);
  } finally {
    await database.end();
  }
  return Object.assign(new URL(databaseUrl), { username: ROLE, password }).href;
}
