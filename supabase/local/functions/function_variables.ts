/**
 * The environment variables of the functions: those that the platform sets,
 * and Gatepost's own settings. There are no others.
 *
 * @module
 */

import type { Secrets } from "../secrets.ts";

/** The variables that the stack itself needs, and any others. */
export type FunctionVariables = Record<string, string> & {
  GATEPOST_PUBLIC_URL: string;
  GATEPOST_ENCRYPTION_KEYS: string;
};

/**
 * The variables. `GATEPOST_*` of the caller's environment replaces the stack's
 * own values, and the options replace both. The database is always the stack's.
 */
export function functionVariables(
  apiUrl: string,
  secrets: Secrets,
  { env = {}, ownOrigin = false }: { env?: Record<string, string>; ownOrigin?: boolean },
  functionsDatabaseUrl?: string,
): FunctionVariables {
  const fromCaller = Object.entries(Deno.env.toObject()).filter(([name]) =>
    name.startsWith("GATEPOST_") && name !== "GATEPOST_DATABASE_URL"
  );
  return {
    SUPABASE_URL: apiUrl,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: secrets.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: secrets.secretKey }),
    GATEPOST_PUBLIC_URL: `${apiUrl}/functions/v1`,
    GATEPOST_SIGNING_KEYS: secrets.signingKeys,
    GATEPOST_ENCRYPTION_KEYS: secrets.encryptionKeys,
    // The demo provider is on the loopback interface.
    GATEPOST_ALLOW_PRIVATE_UPSTREAMS: "true",
    ...Object.fromEntries(fromCaller),
    ...(ownOrigin ? { GATEPOST_PUBLIC_URL: apiUrl } : {}),
    ...(functionsDatabaseUrl === undefined ? {} : { GATEPOST_DATABASE_URL: functionsDatabaseUrl }),
    ...env,
  };
}
