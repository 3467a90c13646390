/**
 * A server's settings: what a form says of them, as the arguments of `save_mcp_server`.
 *
 * @module
 */

import type { ScopePolicy } from "../../../functions/mcp/scopes/rules.ts";
import type { Database } from "../../../functions/_shared/database/types.ts";
import { parseList } from "./provider_draft.ts";

/** A server as the view has it. */
export type Server = Database["public"]["Views"]["mcp_server_settings"]["Row"];

/** What `save_mcp_server` takes. */
export type ServerArguments = Database["public"]["Functions"]["save_mcp_server"]["Args"];

/** How people sign in, where it is no provider of the organization. */
export const NO_SIGN_IN = "none";
/** The operator's own sign-in: a server has it or not, and nobody chooses it here. */
export const PLATFORM_SIGN_IN = "platform";

/** What a form was given; what it did not show is not there. */
type Values = Readonly<Record<string, string | undefined>>;

const TEXTS = ["name", "slug", "upstream_url", "upstream_authorization", "resource", "registration_policy"];
const FURTHER_TEXTS = ["metadata_document_policy", "record_payloads"];
const LISTS = [
  "scopes_supported",
  "required_scopes",
  "registration_redirect_hosts",
  "metadata_document_hosts",
];
const NUMBERS = ["access_token_seconds", "refresh_token_seconds"];

/** The sign-in of a server, as the form's choice has it. */
export function signInOf({ auth_type, oauth_config_id }: Server): string {
  return auth_type === "custom_oauth"
    ? oauth_config_id!
    : auth_type === "none"
    ? NO_SIGN_IN
    : PLATFORM_SIGN_IN;
}

/** The arguments for what a form says and the server has not: null would leave a setting as it is. */
export function toServerArguments(values: Values, server?: Server): ServerArguments {
  const said = {
    ...pick([...TEXTS, ...FURTHER_TEXTS], values, (text) => text),
    ...pick(LISTS, values, parseList),
    ...pick(
      ["redacted_paths"],
      values,
      (text) => text.split("\n").map((line) => line.trim()).filter(Boolean),
    ),
    ...pick(["scope_descriptions"], values, parseDescriptions),
    ...pick(NUMBERS, values, Number),
    ...toPlace(values),
  };
  const known = (server ?? {}) as Record<string, unknown>;
  const changed = Object.entries(said).filter(([name, value]) =>
    JSON.stringify(value) !== JSON.stringify(known[name] ?? "")
  );
  return {
    ...Object.fromEntries(changed.map(([name, value]) => [`p_${name}`, value])),
    ...toSignIn(values["custom_oauth_config_id"], server),
  };
}

function pick<Value>(
  names: readonly string[],
  values: Values,
  parse: (text: string) => Value,
): Record<string, Value> {
  const given = names.filter((name) => values[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, parse(values[name]!)]));
}

/** A scope a line, and behind a blank what people read of it: a scope may hold any other sign. */
function parseDescriptions(text: string): Record<string, string> {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return Object.fromEntries(lines.map((line) => {
    const [scope = "", description = ""] = line.split(/\s+(.*)/s);
    return [scope, description];
  }));
}

/** The same as lines. */
export function showDescriptions({ scope_descriptions }: Server): string {
  return Object.entries(scope_descriptions as Record<string, string>)
    .map(([scope, description]) => `${scope} ${description}`).join("\n");
}

/** A server is behind the gateway or stands by itself: the other URL is cleared. */
function toPlace({ place }: Values): Record<string, string> {
  return place === undefined ? {} : place === "gateway" ? { resource: "" } : { upstream_url: "" };
}

function toSignIn(chosen: string | undefined, server: Server | undefined): ServerArguments {
  if (chosen === undefined || chosen === PLATFORM_SIGN_IN || (server && chosen === signInOf(server))) {
    return {};
  }
  return chosen === NO_SIGN_IN
    ? { p_auth_type: "none" }
    : { p_auth_type: "custom_oauth", p_custom_oauth_config_id: chosen };
}

/** The part that decides on calls. The database keeps the members of a rule in an order of its own. */
export function toScopePolicy(server: Server): ScopePolicy {
  const rules = server.scope_rules as ScopePolicy["scope_rules"];
  return {
    required_scopes: server.required_scopes ?? [],
    scope_rules: rules.map(({ method, name, scopes }) => ({ method, ...(name && { name }), scopes })),
    scope_hierarchy: server.scope_hierarchy as ScopePolicy["scope_hierarchy"],
  };
}

/** A token to show once, and what is stored of it: its SHA-256. */
export async function makeInitialAccessToken(): Promise<{ token: string; hash: string }> {
  const token = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return { token, hash: toBase64Url(new Uint8Array(digest)) };
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A slug made of a name, such as `my-tools` of `My tools!`. */
export function toSlug(name: string): string {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain.replaceAll(/[^a-z0-9]+/g, "-").slice(0, 63).replaceAll(/^-|-$/g, "");
}
