/**
 * Client metadata (RFC 7591 §2): what a client may say of itself, and what it is granted.
 *
 * A decision without I/O, for dynamic registrations and metadata documents
 * alike. Unknown members are ignored, as the RFC demands; what a person is shown
 * is bounded and free of control characters; URLs are web URLs and are only
 * stored, never fetched.
 *
 * @module
 */

import * as z from "zod/mini";
import { OAuthError } from "../errors.ts";
import { checkRedirectUri } from "./redirect_uri.ts";

const displayText = z
  .string()
  .check(z.minLength(1), z.maxLength(200), z.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u));
const webUrl = z
  .string()
  .check(z.maxLength(2000), z.regex(/^https?:\/\/[A-Za-z0-9.-]+(:\d+)?([/?][A-Za-z0-9._~/%?&=+,:@-]*)?$/));

const clientMetadataSchema = z.object({
  redirect_uris: z.array(z.string()).check(z.minLength(1), z.maxLength(20)),
  client_name: z.optional(displayText),
  client_uri: z.optional(webUrl),
  logo_uri: z.optional(webUrl),
  tos_uri: z.optional(webUrl),
  policy_uri: z.optional(webUrl),
  software_id: z.optional(displayText),
  software_version: z.optional(displayText),
  token_endpoint_auth_method: z.optional(z.string()),
  grant_types: z.optional(z.array(z.string())),
  response_types: z.optional(z.array(z.string())),
  scope: z.optional(
    z.string().check(z.maxLength(2000), z.regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/)),
  ),
  application_type: z.optional(z.enum(["web", "native"])),
});

/** The metadata of a client as it is registered and answered. */
export type ClientMetadata = z.infer<typeof clientMetadataSchema> & {
  token_endpoint_auth_method: string;
  grant_types: string[];
  response_types: string[];
};

const AUTH_METHODS = ["none", "client_secret_post", "client_secret_basic"];
const GRANT_TYPES = ["authorization_code", "refresh_token"];

/**
 * Parses and completes client metadata.
 *
 * @throws {OAuthError} `invalid_redirect_uri` or `invalid_client_metadata`
 */
export function parseClientMetadata(metadata: Record<string, unknown>): ClientMetadata {
  // Some clients send null where they mean nothing.
  const present = Object.fromEntries(
    Object.entries(metadata).filter(([, value]) => value !== null && value !== ""),
  );
  const { success, data: parsed, error } = z.safeParse(clientMetadataSchema, present);
  if (!success) {
    throw refusedMember(String(error.issues[0]?.path[0] ?? "metadata"));
  }
  parsed.redirect_uris.forEach(checkRedirectUri);

  const authMethod = parsed.token_endpoint_auth_method ?? "client_secret_basic";
  if (!AUTH_METHODS.includes(authMethod)) {
    throw refusedMember("token_endpoint_auth_method");
  }
  if (parsed.grant_types && !parsed.grant_types.includes("authorization_code")) {
    throw refusedMember("grant_types");
  }
  if (parsed.response_types && !parsed.response_types.includes("code")) {
    throw refusedMember("response_types");
  }
  return {
    ...parsed,
    token_endpoint_auth_method: authMethod,
    // Every client may refresh: one that left it out would log its people out every quarter of an hour.
    grant_types: GRANT_TYPES,
    response_types: ["code"],
  };
}

function refusedMember(name: string): OAuthError {
  if (name === "redirect_uris") {
    return new OAuthError(
      "invalid_redirect_uri",
      "Cannot register client: redirect_uris must list 1 to 20 URIs",
    );
  }
  return new OAuthError(
    "invalid_client_metadata",
    `Cannot register client: ${name} is malformed or not supported`,
    { reason: "client_metadata_refused" },
  );
}
