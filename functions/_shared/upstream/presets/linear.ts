/**
 * Linear.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const LINEAR: Preset = {
  name: "Linear",
  documentation: [
    "https://linear.app/developers/oauth-2-0-authentication",
    "https://linear.app/developers/graphql",
  ],
  triedLive: null,
  values: {},
  columns: {
    authorization_endpoint: "https://linear.app/oauth/authorize",
    token_endpoint: "https://api.linear.app/oauth/token",
    revocation_endpoint: "https://api.linear.app/oauth/revoke",
    userinfo_endpoint: "https://api.linear.app/graphql",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["read"],
    identity_source: "userinfo",
    subject_claim: "data.viewer.id",
  },
  redirectUri: "Linear, Settings, API, OAuth applications, the application, Callback URLs",
  refreshTokens: "Applications created since October 2025 get one with every login.",
  quirks: [
    "Who logged in is asked with a GraphQL query.",
    "Several scopes stand in one text with commas: read,write.",
  ],
};
