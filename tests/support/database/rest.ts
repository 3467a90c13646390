/**
 * The platform's REST layer over a test database, and supabase-js before it.
 *
 * @module
 */

import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { SignJWT } from "jose";
import { silence } from "../../../supabase/local/output.ts";
import { openLog } from "../../../supabase/local/processes/log_file.ts";
import { startRest } from "../../../supabase/local/rest/rest_service.ts";
import type { TestDatabase } from "./database.ts";

/** A running REST layer. */
export interface TestRest {
  url: string;
  /** The key of the functions. */
  secretKey: string;
  /** The key that everybody may have. */
  publishableKey: string;
  /** supabase-js with the functions' key. */
  service: SupabaseClient;
  /** supabase-js as a platform user, or with the publishable key alone. */
  openClient(userId?: string): SupabaseClient;
  /** A token of Supabase Auth. */
  issueUserToken(userId: string): Promise<string>;
  close(): Promise<void>;
}

const jwtSecret = "a-secret-of-the-tests-with-at-least-32-characters";
const publishableKey = "sb_publishable_tests_00000000";
const secretKey = "sb_secret_tests_0000000000000000";

/** Starts the REST layer on a test database. */
export async function openRest(database: Pick<TestDatabase, "databaseUrl">): Promise<TestRest> {
  const logPath = await Deno.makeTempFile({ prefix: "gatepost-rest-" });
  const log = await openLog(logPath);
  const service = await startRest(
    { apiUrl: "http://127.0.0.1", databaseUrl: database.databaseUrl, jwtSecret, publishableKey, secretKey },
    log,
    silence(),
  );
  const url = `http://127.0.0.1:${service.port()}`;
  const issueUserToken = (userId: string): Promise<string> =>
    new SignJWT({ role: "authenticated", aud: "authenticated" })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(jwtSecret));
  return {
    url,
    secretKey,
    publishableKey,
    service: createClient(url, secretKey, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    }),
    openClient: (userId) =>
      createClient(
        url,
        publishableKey,
        userId === undefined
          ? { auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false } }
          : { accessToken: () => issueUserToken(userId) },
      ),
    issueUserToken,
    close: async () => {
      await service.stop();
      log.close();
      await Deno.remove(logPath);
    },
  };
}
