/**
 * Examines a provider from this machine: nothing is saved, and no deployment is needed.
 *
 * @module
 */

import { buildSafeFetch } from "../../../functions/_shared/http/safe_fetch.ts";
import { examineProvider } from "../../../functions/_shared/upstream/doctor/examine.ts";
import type { Examination } from "../../../functions/_shared/upstream/doctor/examination.ts";
import type { Check } from "../../../functions/_shared/upstream/doctor/findings.ts";
import type { FetchDependencies } from "../../../functions/_shared/upstream/upstream.ts";
import { OAuthError } from "../../../functions/_shared/errors.ts";
import { parseConfigChange } from "../../../functions/oauth-configs/config_change.ts";
import { applyChange } from "../../../functions/oauth-configs/settings.ts";
import { Problem } from "../../local/problem.ts";

/** Fetches from this machine, which may reach what is private. */
export const HERE: FetchDependencies = {
  safeFetch: buildSafeFetch({ allowPrivateUpstreams: true }),
  allowPrivateUpstreams: true,
  now: Date.now,
};

/** What a config's members say, to be examined. */
export function readExamination(
  members: Record<string, unknown>,
  clientSecret: string | undefined,
  redirectUri: string,
): Examination {
  try {
    const settings = applyChange(
      undefined,
      parseConfigChange({ organization_id: "here", ...members }, "check"),
    );
    if (settings === undefined) {
      throw new Problem("An option has a value that no config takes: see --help");
    }
    return { config: { ...settings, client_secret_ciphertext: null }, clientSecret, redirectUri };
  } catch (error) {
    throw error instanceof OAuthError ? new Problem(error.message, { cause: error }) : error;
  }
}

/** Examines a provider. */
export async function examineHere(examination: Examination): Promise<Check[]> {
  return await examineProvider(examination, HERE);
}
