/**
 * Microsoft Entra, for the people of one tenant.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const ENTRA: Preset = {
  name: "Microsoft Entra",
  documentation: [
    "https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc",
    "https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow",
  ],
  triedLive: null,
  values: {
    tenant: {
      description: "the directory (tenant) id of the organization",
      example: "8eaef023-2b34-4da1-9baa-8bc8c9d6a490",
    },
  },
  columns: {
    issuer: "https://login.microsoftonline.com/{tenant}/v2.0",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["openid", "email", "profile", "offline_access"],
    identity_source: "openid",
    refresh_sends_scope: true,
    account_prompt: "select_account",
  },
  redirectUri:
    "Microsoft Entra admin center, App registrations, the app, Authentication, Add a platform, Web, Redirect URIs",
  refreshTokens: "The scope offline_access brings one.",
  quirks: [
    "An API scope of your own stands in the config's scopes beside openid; then userinfo refuses the token, and the id_token names the person.",
    "A refresh without scope is refused (AADSTS90009), so it is sent.",
    "Whether an address is verified is not said.",
  ],
};
