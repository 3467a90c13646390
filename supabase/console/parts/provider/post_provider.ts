/**
 * Saving a provider through `oauth-configs`, which seals its secret and looks for it first.
 *
 * @module
 */

import { FunctionRefusal, postFunction } from "../../data/client.ts";
import type { ProviderBody } from "../../data/provider_draft.ts";
import { FieldError } from "../form.tsx";

/** Posts to `oauth-configs`; what it refuses because of a setting is thrown for that setting's field. */
export async function postProvider<Answer>(
  path: "oauth-configs" | "oauth-configs/move",
  body: ProviderBody,
  fields: readonly string[],
): Promise<Answer> {
  try {
    return await postFunction<Answer>(path, body);
  } catch (error) {
    throw error instanceof FunctionRefusal ? nameField(error, fields) : error;
  }
}

/** A refusal names the setting: `Cannot save config: scopes has to be …`. */
function nameField(refusal: FunctionRefusal, fields: readonly string[]): Error {
  const [, field = "", rule = ""] =
    /^Cannot \w+ config: (\w+) ((?:has to be|cannot work).*)$/s.exec(refusal.message) ?? [];
  return fields.includes(field) ? new FieldError(field, `${field} ${rule}.`) : refusal;
}
