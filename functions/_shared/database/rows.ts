/**
 * What several SQL functions answer alike: rows, and kinds of columns.
 *
 * What one function answers stands where that function is called.
 *
 * @module
 */

import * as z from "zod/mini";

/** A text that may be null. */
export const nullableText = z.nullable(z.string());
/** A time that may be null. */
export const nullableTime = z.nullable(z.string());

export const serverSchema = z.object({
  id: z.string(),
  organization_id: z.string(),
  organization_name: z.string(),
  /** Changes with the logo; null where there is none. */
  organization_logo: nullableText,
  slug: z.string(),
  name: z.string(),
  auth_type: z.enum(["custom_oauth", "platform_oauth", "none"]),
  upstream_url: nullableText,
  upstream_authorization: z.enum(["upstream_token", "none"]),
  resource: nullableText,
  scopes_supported: z.array(z.string()),
  required_scopes: z.array(z.string()),
  scope_rules: z.array(
    z.object({ method: z.string(), name: z.optional(z.string()), scopes: z.array(z.string()) }),
  ),
  scope_hierarchy: z.record(z.string(), z.array(z.string())),
  scope_descriptions: z.record(z.string(), z.string()),
  access_token_seconds: z.number(),
  refresh_token_seconds: z.number(),
  registration_policy: z.enum(["open", "redirect_hosts", "token", "closed"]),
  registration_redirect_hosts: z.array(z.string()),
  metadata_document_policy: z.enum(["off", "allow_list", "open"]),
  metadata_document_hosts: z.array(z.string()),
  record_payloads: z.enum(["none", "arguments", "all"]),
  redacted_paths: z.array(z.string()),
});

export const oauthConfigSchema = z.object({
  id: z.string(),
  organization_id: nullableText,
  name: z.string(),
  issuer: nullableText,
  authorization_endpoint: nullableText,
  token_endpoint: nullableText,
  userinfo_endpoint: nullableText,
  jwks_uri: nullableText,
  revocation_endpoint: nullableText,
  emails_endpoint: nullableText,
  client_id: z.string(),
  client_secret_ciphertext: nullableText,
  client_generation: z.number(),
  token_endpoint_auth_method: z.enum(["client_secret_basic", "client_secret_post", "none"]),
  scopes: z.array(z.string()),
  authorization_parameters: z.record(z.string(), z.string()),
  identity_source: z.enum(["openid", "userinfo", "none"]),
  subject_claim: z.string(),
  allowed_tenants: z.array(z.string()),
  refresh_sends_scope: z.boolean(),
  /** The value of `prompt` by which a person can take another account; null where the provider has none. */
  account_prompt: z.nullable(z.enum(["select_account", "login"])),
});

/** A server, as every endpoint that answers for a slug sees it. */
export type McpServer = z.infer<typeof serverSchema>;
/** An upstream provider and the client it knows us as. */
export type OAuthConfig = z.infer<typeof oauthConfigSchema>;

/** The outcomes of a client that is not let in, which all calls of clients share. */
export const CLIENT_REFUSALS = [
  "unknown_server",
  "unknown_client",
  "wrong_secret",
  "assertion_required",
  "assertion_replayed",
  "assertion_expired",
  "too_many_assertions",
] as const;

/** The outcomes of an authorization code that is not redeemed. */
export const CODE_REFUSALS = [
  "unknown",
  "expired",
  "replayed",
  "wrong_client",
  "wrong_redirect_uri",
  "wrong_verifier",
  "wrong_resource",
  "user_blocked",
  ...CLIENT_REFUSALS,
] as const;
