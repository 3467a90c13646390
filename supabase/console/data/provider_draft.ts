/**
 * A provider's settings while somebody writes them: texts of fields, and the body of `oauth-configs` made of them.
 *
 * @module
 */

import { applyPreset } from "../../../functions/_shared/upstream/presets/apply_preset.ts";
import { parseScope } from "../../../functions/_shared/tokens/scope.ts";
import type { Database } from "../../../functions/_shared/database/types.ts";

/** A provider as the view has it. */
export type Provider = Database["public"]["Views"]["mcp_providers"]["Row"];

/** The fields. A list stands in one text, parameters a line each. */
export interface ProviderDraft {
  name: string;
  issuer: string;
  client_id: string;
  client_secret: string;
  scopes: string;
  authorization_endpoint: string;
  token_endpoint: string;
  userinfo_endpoint: string;
  jwks_uri: string;
  revocation_endpoint: string;
  emails_endpoint: string;
  token_endpoint_auth_method: string;
  authorization_parameters: string;
  identity_source: string;
  subject_claim: string;
  allowed_tenants: string;
  link_verified_email: boolean;
  refresh_sends_scope: boolean;
  account_prompt: string;
}

/** What `oauth-configs` takes, in part. */
export type ProviderBody = Record<string, string | string[] | boolean | Record<string, string>>;

/** The columns' defaults. */
const NEW: ProviderDraft = {
  name: "",
  issuer: "",
  client_id: "",
  client_secret: "",
  scopes: "openid email profile",
  authorization_endpoint: "",
  token_endpoint: "",
  userinfo_endpoint: "",
  jwks_uri: "",
  revocation_endpoint: "",
  emails_endpoint: "",
  token_endpoint_auth_method: "client_secret_basic",
  authorization_parameters: "",
  identity_source: "openid",
  subject_claim: "sub",
  allowed_tenants: "",
  link_verified_email: false,
  refresh_sends_scope: false,
  account_prompt: "",
};

/** The draft of a provider that there is; without one, that of a new one. The secret is never known. */
export function toDraft(provider?: Provider): ProviderDraft {
  if (provider === undefined) {
    return NEW;
  }
  return {
    ...NEW,
    ...Object.fromEntries(
      Object.keys(NEW).filter((name) => name !== "client_secret").map((name) => [
        name,
        toField(provider[name as keyof Provider]),
      ]),
    ),
  };
}

function toField(value: unknown): string | boolean {
  if (typeof value === "boolean") {
    return value;
  }
  if (Array.isArray(value)) {
    return value.join(" ");
  }
  return typeof value === "object" && value !== null
    ? Object.entries(value).map(([name, text]) => `${name}=${String(text)}`).join("\n")
    : String(value ?? "");
}

/**
 * The draft with a preset's settings in their fields, all of them there to be read and changed.
 *
 * Undefined while a value that the preset needs is missing or cannot be one.
 */
export function fillPreset(
  draft: ProviderDraft,
  preset: string,
  values: Readonly<Record<string, string>>,
): ProviderDraft | undefined {
  const applied = applyPreset(preset, values);
  if ("refusal" in applied) {
    return undefined;
  }
  const fields = Object.entries(applied.columns).map(([name, value]) => [name, toField(value)]);
  const { name, client_id, client_secret } = draft;
  return {
    ...NEW,
    client_id,
    client_secret,
    ...Object.fromEntries(fields),
    ...(name === "" ? {} : { name }),
  };
}

/** A draft as members of a body. */
function toMembers(draft: ProviderDraft): ProviderBody {
  const { scopes, allowed_tenants: tenants, authorization_parameters: parameters, ...texts } = draft;
  const trimmed = Object.entries(texts).map(([name, value]) => [
    name,
    typeof value === "string" ? value.trim() : value,
  ]);
  return {
    ...Object.fromEntries(trimmed),
    scopes: parseList(scopes),
    allowed_tenants: parseList(tenants),
    authorization_parameters: parseParameters(parameters),
  };
}

/** The body of a new provider: what is empty has its default. */
export function toNewBody(draft: ProviderDraft, organizationId: string): ProviderBody {
  const given = Object.entries(toMembers(draft)).filter(([, value]) => value !== "");
  return { organization_id: organizationId, ...Object.fromEntries(given) };
}

/** The body that changes a provider: what differs from it, and nothing else. */
export function toChangeBody(draft: ProviderDraft, provider: Provider): ProviderBody {
  const before = toMembers(toDraft(provider));
  const changed = Object.entries(toMembers(draft)).filter(([name, value]) =>
    JSON.stringify(value) !== JSON.stringify(before[name])
  );
  return { id: provider.oauth_config_id, ...Object.fromEntries(changed) };
}

/** Whether a body changes anything. */
export function isChange(body: ProviderBody): boolean {
  return Object.keys(body).some((name) => name !== "id");
}

/** Scopes or tenants: blanks, commas and new lines divide them. */
export function parseList(text: string): string[] {
  return parseScope(text.replaceAll(/[\s,]+/g, " "));
}

/** `name=value` a line; a line without `=` is a name with an empty value, which the function refuses or takes. */
export function parseParameters(text: string): Record<string, string> {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => {
    const [name = "", value = ""] = line.split(/=(.*)/s);
    return [name.trim(), value.trim()];
  }));
}
