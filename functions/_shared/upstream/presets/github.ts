/**
 * GitHub.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const GITHUB: Preset = {
  name: "GitHub",
  documentation: [
    "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
    "https://docs.github.com/en/rest/users/emails",
    "https://github.blog/changelog/2024-06-07-account-picker-updates-for-oauth-and-github-app-sign-in/",
  ],
  triedLive: null,
  values: {},
  columns: {
    authorization_endpoint: "https://github.com/login/oauth/authorize",
    token_endpoint: "https://github.com/login/oauth/access_token",
    userinfo_endpoint: "https://api.github.com/user",
    emails_endpoint: "https://api.github.com/user/emails",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["read:user", "user:email"],
    identity_source: "userinfo",
    subject_claim: "id",
    account_prompt: "select_account",
  },
  redirectUri: "GitHub, Settings, Developer settings, OAuth apps, the app, Authorization callback URL",
  refreshTokens: "Tokens of an OAuth app do not expire and come without a refresh token.",
  quirks: [
    "The address of /user may be hidden, so the list of addresses is read.",
    "Refusals come with the status 200.",
  ],
};
