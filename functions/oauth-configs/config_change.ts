/**
 * The body of a config change: the columns of `custom_oauth_configs`, and the client secret in the clear.
 *
 * Left out means unchanged; an empty text clears what need not be there. What
 * a value must look like is the table's business.
 *
 * @module
 */

import * as z from "zod/mini";
import type { Arguments } from "../_shared/database/database.ts";
import { OAuthError } from "../_shared/errors.ts";

const text = z.optional(z.string().check(z.maxLength(2048)));

const changeSchema = z.strictObject({
  id: text,
  organization_id: text,
  name: text,
  issuer: text,
  authorization_endpoint: text,
  token_endpoint: text,
  userinfo_endpoint: text,
  jwks_uri: text,
  revocation_endpoint: text,
  emails_endpoint: text,
  client_id: text,
  client_secret: text,
  token_endpoint_auth_method: text,
  scopes: z.optional(z.array(z.string().check(z.maxLength(200)))),
  authorization_parameters: z.optional(z.record(z.string(), z.string())),
  identity_source: text,
  subject_claim: text,
  link_verified_email: z.optional(z.boolean()),
  disabled: z.optional(z.boolean()),
});

/** A change as the arguments of `save_oauth_config`, the secret apart. */
export interface ConfigChange extends Omit<Arguments<"save_oauth_config">, "p_client_secret_ciphertext"> {
  clientSecret: string | undefined;
}

/** Parses a change, or throws `invalid_request` that names the member. */
export function parseConfigChange(body: Record<string, unknown>): ConfigChange {
  const { success, data, error } = z.safeParse(changeSchema, body);
  if (!success) {
    const issue = error.issues[0];
    const member = issue?.code === "unrecognized_keys"
      ? "an unknown member"
      : String(issue?.path[0] ?? "the body");
    throw new OAuthError("invalid_request", `Cannot save config: ${member} is malformed or not known`, {
      reason: "config_malformed",
    });
  }
  if (data.id === undefined && data.organization_id === undefined) {
    throw new OAuthError("invalid_request", "Cannot save config: organization_id is missing", {
      reason: "config_malformed",
    });
  }
  const { client_secret: clientSecret, ...columns } = data;
  const named = Object.entries(columns).map(([name, value]) => [`p_${name}`, value]);
  return { clientSecret, ...Object.fromEntries(named) };
}
