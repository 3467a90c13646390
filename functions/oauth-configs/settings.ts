/**
 * The settings of a config as they are, and as a change would make them.
 *
 * @module
 */

import * as z from "zod/mini";
import { type OAuthConfig, oauthConfigSchema } from "../_shared/database/rows.ts";
import type { UserDatabase } from "../_shared/database/user_database.ts";
import type { ConfigChange } from "./config_change.ts";

/** What a member of the organization may read: everything but the secret. */
const readableSchema = z.nullable(
  z.omit(oauthConfigSchema, { client_secret_ciphertext: true }),
);

const COLUMNS = Object.keys(oauthConfigSchema.shape).filter((name) => name !== "client_secret_ciphertext")
  .join(",");

/** A config without its secret. */
export type Settings = Omit<OAuthConfig, "client_secret_ciphertext">;

/** The settings of a config that the user sees; undefined for any other. */
export async function readSettings(database: UserDatabase, id: string): Promise<Settings | undefined> {
  return z.parse(readableSchema, await database.read("custom_oauth_configs", COLUMNS, id)) ?? undefined;
}

/** What a new config has where nothing is said: the columns' defaults. */
const DEFAULTS: Settings = {
  id: "",
  organization_id: null,
  name: "",
  issuer: null,
  authorization_endpoint: null,
  token_endpoint: null,
  userinfo_endpoint: null,
  jwks_uri: null,
  revocation_endpoint: null,
  emails_endpoint: null,
  client_id: "",
  client_generation: 1,
  token_endpoint_auth_method: "client_secret_basic",
  scopes: ["openid", "email", "profile"],
  authorization_parameters: {},
  identity_source: "openid",
  subject_claim: "sub",
  allowed_tenants: [],
  refresh_sends_scope: false,
  account_prompt: null,
};

/** Members that an empty text clears. */
const CLEARABLE = new Set<string>([
  "issuer",
  "authorization_endpoint",
  "token_endpoint",
  "userinfo_endpoint",
  "jwks_uri",
  "revocation_endpoint",
  "emails_endpoint",
  "account_prompt",
]);

/**
 * The settings that a change leads to; undefined where it has a value that no config takes.
 *
 * The database decides on a change. This is for what is checked before.
 */
export function applyChange(
  before: Settings | undefined,
  { clientSecret: _, ...change }: ConfigChange,
): Settings | undefined {
  const columns = Object.entries(change)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([argument, value]) => [argument.replace(/^p_/, ""), value] as const)
    .map(([name, value]) => [name, value === "" && CLEARABLE.has(name) ? null : value]);
  const parsed = z.safeParse(z.omit(oauthConfigSchema, { client_secret_ciphertext: true }), {
    ...DEFAULTS,
    ...before,
    ...Object.fromEntries(columns),
  });
  return parsed.success ? parsed.data : undefined;
}
