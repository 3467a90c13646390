/**
 * The options by which a task finds a deployment and signs in to it, and those that describe a provider.
 *
 * @module
 */

import { PRESETS } from "../../../functions/_shared/upstream/presets/presets.ts";
import { Problem } from "../../local/problem.ts";
import { PLACE_OPTIONS } from "./place.ts";

/** Where, and as whom. */
export const PLATFORM_OPTIONS = {
  ...PLACE_OPTIONS,
  email: {
    description: "who signs in; the password is asked for, or stands in GATEPOST_PASSWORD",
    value: "ADDRESS",
  },
  organization: { description: "the id of the organization", value: "ID" },
} as const;

/** Which provider, as which client. */
export const PROVIDER_OPTIONS = {
  preset: { description: `the provider: ${Object.keys(PRESETS).join(", ")}`, value: "NAME" },
  values: { description: "what the preset asks for: tenant=…,domain=…", value: "LIST" },
  "client-id": { description: "the client id at the provider", value: "ID" },
  "client-secret-stdin": {
    description: "reads the client secret from standard input; else GATEPOST_CLIENT_SECRET has it",
  },
  "auth-method": { description: "client_secret_basic, client_secret_post or none", value: "METHOD" },
  scopes: { description: "scopes with blanks between them", value: "LIST" },
  "identity-source": { description: "openid, userinfo or none", value: "SOURCE" },
  set: {
    description: "other settings of the provider: subject_claim=id,authorization_endpoint=https://…",
    value: "LIST",
  },
} as const;

/** What was given for `PROVIDER_OPTIONS`. */
export interface ProviderValues {
  preset: string | undefined;
  values: string | undefined;
  "client-id": string | undefined;
  "auth-method": string | undefined;
  scopes: string | undefined;
  "identity-source": string | undefined;
  set: string | undefined;
}

/** The members of a config that the options stand for, as `oauth-configs` takes them. */
export function readProvider(given: ProviderValues, issuer: string | undefined): Record<string, unknown> {
  const named: [string, unknown][] = [
    ...Object.entries(readSettings(given)),
    ["preset", given.preset],
    ["preset_values", given.values === undefined ? undefined : readValues(given.values, "--values")],
    ["issuer", issuer],
    ["client_id", given["client-id"]],
    ["token_endpoint_auth_method", given["auth-method"]],
    ["scopes", given.scopes?.split(/\s+/).filter(Boolean)],
    ["identity_source", given["identity-source"]],
  ];
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

/** The settings that have no option of their own. */
export function readSettings({ set }: Pick<ProviderValues, "set">): Record<string, string> {
  return set === undefined ? {} : readValues(set, "--set");
}

/** `a=b,c=d` as an object. */
function readValues(list: string, option: string): Record<string, string> {
  return Object.fromEntries(
    list.split(",").map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) {
        throw new Problem(`Give ${option} as name=value, with commas between them: ${pair} is not one`);
      }
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}
