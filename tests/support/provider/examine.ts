/**
 * The doctor at a provider of a test: what it finds, in short.
 *
 * @module
 */

import type { OAuthConfig } from "../../../functions/_shared/database/rows.ts";
import { buildSafeFetch, type SafeFetch } from "../../../functions/_shared/http/safe_fetch.ts";
import { examineProvider } from "../../../functions/_shared/upstream/doctor/examine.ts";
import type { Check } from "../../../functions/_shared/upstream/doctor/findings.ts";
import { buildConfig } from "../database/records.ts";

export const REDIRECT_URI = "http://127.0.0.1:54321/functions/v1/oauth-callback/org_1";

/** Examines a config at providers of the loopback interface. */
export async function examine(
  config: Partial<OAuthConfig>,
  clientSecret: string | undefined,
  safeFetch: SafeFetch = buildSafeFetch({ allowPrivateUpstreams: true }),
  allowPrivateUpstreams = true,
): Promise<Check[]> {
  return await examineProvider(
    {
      config: buildConfig({ token_endpoint_auth_method: "client_secret_basic", ...config }),
      clientSecret,
      redirectUri: REDIRECT_URI,
    },
    { safeFetch, allowPrivateUpstreams, now: Date.now },
  );
}

/** The findings of one state, in their order. */
export function listFindings(checks: Check[], state: Check["state"] = "failed"): string[] {
  return checks.filter((check) => check.state === state).map(({ finding }) => finding);
}
