/**
 * Microsoft Entra, for people of many tenants.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const ENTRA_MULTI_TENANT: Preset = {
  name: "Microsoft",
  documentation: [
    "https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc",
    "https://learn.microsoft.com/en-us/entra/identity-platform/howto-convert-app-to-be-multi-tenant",
  ],
  triedLive: null,
  values: {
    audience: {
      description: "whose accounts: common, organizations or consumers",
      example: "organizations",
      fallback: "organizations",
    },
  },
  columns: {
    issuer: "https://login.microsoftonline.com/{audience}/v2.0",
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
    "People of every tenant may log in unless allowed_tenants lists some.",
    "A refresh without scope is refused (AADSTS90009), so it is sent.",
    "Whether an address is verified is not said.",
  ],
};
