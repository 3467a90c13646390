/**
 * Atlassian.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const ATLASSIAN: Preset = {
  name: "Atlassian",
  documentation: [
    "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/",
    "https://developer.atlassian.com/cloud/confluence/user-identity-api/",
  ],
  triedLive: null,
  values: {},
  columns: {
    authorization_endpoint: "https://auth.atlassian.com/authorize",
    token_endpoint: "https://auth.atlassian.com/oauth/token",
    userinfo_endpoint: "https://api.atlassian.com/me",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["read:me", "offline_access"],
    authorization_parameters: { audience: "api.atlassian.com", prompt: "consent" },
    identity_source: "userinfo",
    subject_claim: "account_id",
  },
  redirectUri: "Atlassian developer console, the app, Authorization, OAuth 2.0 (3LO), Callback URL",
  refreshTokens: "The scope offline_access brings one; each refresh rotates it.",
  quirks: ["The User Identity API has to be added to the app for read:me."],
};
