/**
 * The body of a config change: the columns of `custom_oauth_configs`, and the client secret in the clear.
 *
 * A member that is left out stays unchanged. An empty text clears an optional
 * value. The table decides which values are valid.
 *
 * @module
 */

import * as z from "zod/mini";
import type { Arguments } from "../_shared/database/database.ts";
import { OAuthError } from "../_shared/errors.ts";

const MAX_TEXT_LENGTH = 2048;
const MAX_LISTED_LENGTH = 200;

/** Blanks around a value come from copying it. */
const optionalText = z.optional(z.string().check(z.trim(), z.maxLength(MAX_TEXT_LENGTH)));
const optionalList = z.optional(z.array(z.string().check(z.trim(), z.maxLength(MAX_LISTED_LENGTH))));

const changeSchema = z.strictObject({
  id: optionalText,
  organization_id: optionalText,
  name: optionalText,
  issuer: optionalText,
  authorization_endpoint: optionalText,
  token_endpoint: optionalText,
  userinfo_endpoint: optionalText,
  jwks_uri: optionalText,
  revocation_endpoint: optionalText,
  emails_endpoint: optionalText,
  client_id: optionalText,
  client_secret: optionalText,
  token_endpoint_auth_method: optionalText,
  scopes: optionalList,
  authorization_parameters: z.optional(z.record(z.string(), z.string())),
  identity_source: optionalText,
  subject_claim: optionalText,
  allowed_tenants: optionalList,
  link_verified_email: z.optional(z.boolean()),
  refresh_sends_scope: z.optional(z.boolean()),
  disabled: z.optional(z.boolean()),
});

/** What a member has to be, by the type that the schema gives it. */
const EXPECTED = new Map<string, string>([
  ["string", `a text of at most ${MAX_TEXT_LENGTH} characters`],
  ["array", `a list of texts of at most ${MAX_LISTED_LENGTH} characters`],
  ["record", "an object of texts"],
  ["boolean", "true or false"],
]);

/** A change as the arguments of `save_oauth_config`, the secret apart. */
export interface ConfigChange extends Omit<Arguments<"save_oauth_config">, "p_client_secret_ciphertext"> {
  clientSecret: string | undefined;
}

/** Parses a change, or throws `invalid_request` that names the member. */
export function parseConfigChange(body: Record<string, unknown>): ConfigChange {
  const { success, data, error } = z.safeParse(changeSchema, body);
  if (!success) {
    throw malformed(explainIssue(error.issues[0]!));
  }
  if (data.id === undefined && data.organization_id === undefined) {
    throw malformed("organization_id is missing");
  }
  const { client_secret: clientSecret, ...columns } = data;
  const named = Object.entries(columns).map(([name, value]) => [`p_${name}`, value]);
  return { clientSecret, ...Object.fromEntries(named) };
}

function explainIssue({ code, path: [member] }: z.core.$ZodIssue): string {
  if (code === "unrecognized_keys") {
    return "the body has a member that is not known";
  }
  const { innerType } = changeSchema.shape[member as keyof typeof changeSchema.shape].def;
  return `${String(member)} has to be ${EXPECTED.get(innerType.def.type)}`;
}

function malformed(what: string): OAuthError {
  return new OAuthError("invalid_request", `Cannot save config: ${what}`, { reason: "config_malformed" });
}
