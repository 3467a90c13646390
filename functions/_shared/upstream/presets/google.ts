/**
 * Google.
 *
 * Google knows `none`, `consent` and `select_account`, and no `login` (dev.to/googleworkspace, "Google OIDC and Prompt Login").
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const GOOGLE: Preset = {
  name: "Google",
  documentation: [
    "https://developers.google.com/identity/openid-connect/openid-connect",
    "https://developers.google.com/identity/protocols/oauth2/web-server",
  ],
  triedLive: null,
  values: {},
  columns: {
    issuer: "https://accounts.google.com",
    token_endpoint_auth_method: "client_secret_basic",
    scopes: ["openid", "email", "profile"],
    authorization_parameters: { access_type: "offline", prompt: "consent" },
    identity_source: "openid",
    account_prompt: "select_account",
  },
  redirectUri: "Google Cloud console, Google Auth Platform, Clients, the client, Authorized redirect URIs",
  refreshTokens:
    "Google sends one for access_type=offline, with a person's first consent only unless prompt=consent is sent too.",
  quirks: [
    "The scope offline_access is refused.",
    "While the consent screen is in testing, refresh tokens end after seven days.",
  ],
};
