/**
 * The body of a config change: the columns of `custom_oauth_configs`, and the client secret in the clear.
 *
 * A member that is left out stays unchanged. An empty text clears an optional
 * value. A preset stands for the members that it has, and a member beside it
 * wins. The table decides which values are valid.
 *
 * @module
 */

import * as z from "zod/mini";
import type { Arguments } from "../_shared/database/database.ts";
import { OAuthError } from "../_shared/errors.ts";
import { applyPreset } from "../_shared/upstream/presets/apply_preset.ts";

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
  account_prompt: optionalText,
  disabled: z.optional(z.boolean()),
  preset: optionalText,
  preset_values: z.optional(z.record(z.string(), z.string().check(z.maxLength(MAX_LISTED_LENGTH)))),
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

/** Parses a change that is to be saved or checked, or throws `invalid_request` that names the member. */
export function parseConfigChange(
  body: Record<string, unknown>,
  task: "save" | "check" = "save",
): ConfigChange {
  try {
    return parse(body);
  } catch (error) {
    if (!(error instanceof Malformed)) {
      throw error;
    }
    const sentence = task === "save"
      ? `Cannot save config: ${error.message}`
      : `Cannot check config: ${error.message}`;
    throw new OAuthError("invalid_request", sentence, { reason: "config_malformed" });
  }
}

/** What is wrong with a body. */
class Malformed extends Error {}

function parse(body: Record<string, unknown>): ConfigChange {
  const { success, data, error } = z.safeParse(changeSchema, body);
  if (!success) {
    throw new Malformed(explainIssue(error.issues[0]!));
  }
  if (data.id === undefined && data.organization_id === undefined) {
    throw new Malformed("organization_id is missing");
  }
  const { client_secret: clientSecret, preset, preset_values: values, ...columns } = data;
  const named = Object.entries({ ...readPreset(preset, values), ...columns })
    .map(([name, value]) => [`p_${name}`, value]);
  return { clientSecret, ...Object.fromEntries(named) };
}

/** The members that a preset stands for. */
function readPreset(preset: string | undefined, values: Record<string, string> | undefined): object {
  if (preset === undefined) {
    if (values !== undefined) {
      throw new Malformed("preset_values has to be left out where there is no preset");
    }
    return {};
  }
  const applied = applyPreset(preset, values);
  if ("refusal" in applied) {
    throw new Malformed(`${applied.refusal.member} has to be ${applied.refusal.expected}`);
  }
  return applied.columns;
}

function explainIssue({ code, path: [member] }: z.core.$ZodIssue): string {
  if (code === "unrecognized_keys") {
    return "the body has a member that is not known";
  }
  const { innerType } = changeSchema.shape[member as keyof typeof changeSchema.shape].def;
  return `${String(member)} has to be ${EXPECTED.get(innerType.def.type)}`;
}
