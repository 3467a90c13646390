/**
 * POST /oauth-configs/check: examines a provider, as a saved config or a draft names it.
 *
 * The body of a draft is that of a config to save, and nothing is saved. The
 * stored secret is tried only with the config as it is stored: a draft can
 * name any place, and must not have the secret sent there.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../_shared/database/database.ts";
import type { UserDatabase } from "../_shared/database/user_database.ts";
import { OAuthError, unavailable } from "../_shared/errors.ts";
import { configSecretOf, openSecret, UnreadableSecret } from "../_shared/secrets/encryption.ts";
import { examineProvider } from "../_shared/upstream/doctor/examine.ts";
import type { FetchDependencies } from "../_shared/upstream/upstream.ts";
import { buildCallbackUrl } from "../_shared/urls.ts";
import { type ClientSecretDependencies, readClientSecret } from "./client_secret.ts";
import { type ConfigChange, parseConfigChange } from "./config_change.ts";
import { applyChange, readSettings, type Settings } from "./settings.ts";

/** Records a check, or says why it may not be. */
export const beginConfigCheck = defineCall(
  "begin_config_check",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("begun"), id: z.string() }),
    z.object({ outcome: z.enum(["forbidden", "unknown_organization", "unknown_config", "quota_reached"]) }),
  ]),
);

/** What a check needs from outside. */
export interface CheckDependencies extends FetchDependencies, ClientSecretDependencies {
  publicUrl: string;
}

/** Examines what a body names. */
export async function checkConfig(
  database: UserDatabase,
  body: Record<string, unknown>,
  dependencies: CheckDependencies,
): Promise<Response> {
  const change = parseConfigChange(body, "check");
  const organizationId = await beginCheck(database, change);
  const stored = change.p_id === undefined ? undefined : await readStored(database, change.p_id);
  const settings = applyChange(stored, change);
  if (settings === undefined) {
    throw new OAuthError(
      "invalid_request",
      "Cannot check config: a setting has a value that no config takes",
      {
        reason: "config_malformed",
      },
    );
  }
  const isAsStored = Object.keys(body).every((member) => member === "id");
  const clientSecret = isAsStored
    ? await openStoredSecret(database, stored!, dependencies)
    : change.clientSecret;
  const redirectUri = buildCallbackUrl(dependencies.publicUrl, organizationId);
  const config = { ...settings, client_secret_ciphertext: null };
  const checks = await examineProvider({ config, clientSecret, redirectUri }, dependencies);
  return Response.json({ redirect_uri: redirectUri, checks });
}

/** The organization of what is checked. */
async function beginCheck(database: UserDatabase, change: ConfigChange): Promise<string> {
  const begun = await beginConfigCheck(database, {
    ...(change.p_id === undefined ? {} : { p_oauth_config_id: change.p_id }),
    ...(change.p_organization_id === undefined ? {} : { p_organization_id: change.p_organization_id }),
  });
  switch (begun.outcome) {
    case "begun":
      return begun.id;
    case "forbidden":
      throw new OAuthError("forbidden", "Cannot check config: only owners and admins may", {
        reason: "role_too_low",
      });
    case "quota_reached":
      throw new OAuthError("forbidden", "Cannot check config: wait ten minutes, there were thirty checks", {
        reason: "quota_reached",
      });
    case "unknown_organization":
    case "unknown_config":
      throw unknownTarget(begun.outcome);
  }
}

async function readStored(database: UserDatabase, id: string): Promise<Settings> {
  const stored = await readSettings(database, id);
  if (stored === undefined) {
    throw unknownTarget("unknown_config");
  }
  return stored;
}

function unknownTarget(reason: string): OAuthError {
  return new OAuthError("not_found", "Cannot check config: there is no such organization or config for you", {
    reason,
  });
}

/**
 * The secret of a config, for the places that were read before it; undefined where there is none that can be opened.
 *
 * The places are read once more behind the secret: somebody can have moved both in between.
 */
async function openStoredSecret(
  database: UserDatabase,
  stored: Settings,
  { database: service, encryptionKeys }: CheckDependencies,
): Promise<string | undefined> {
  const { client_secret_ciphertext: ciphertext } = await readClientSecret(service, {
    p_oauth_config_id: stored.id,
  });
  if (JSON.stringify(await readStored(database, stored.id)) !== JSON.stringify(stored)) {
    throw unavailable("Cannot check config now: somebody changes it, try again", "config_changed");
  }
  if (ciphertext === null) {
    return undefined;
  }
  try {
    return (await openSecret(ciphertext, configSecretOf(stored), encryptionKeys)).text;
  } catch (thrown) {
    if (thrown instanceof UnreadableSecret) {
      return undefined;
    }
    throw thrown;
  }
}
