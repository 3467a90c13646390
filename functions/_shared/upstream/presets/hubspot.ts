/**
 * HubSpot.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const HUBSPOT: Preset = {
  name: "HubSpot",
  documentation: [
    "https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide",
    "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/working-with-oauth",
  ],
  triedLive: null,
  values: {},
  columns: {
    authorization_endpoint: "https://app.hubspot.com/oauth/authorize",
    token_endpoint: "https://api.hubapi.com/oauth/v3/token",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["oauth"],
    identity_source: "none",
  },
  redirectUri: "HubSpot developer account, the app, Auth, Redirect URLs",
  refreshTokens: "HubSpot sends one with every login; access tokens last thirty minutes.",
  quirks: [
    "No endpoint says who logged in without the token in its URL or the client secret, so each login makes an end user without a name.",
    "Scopes are those of the app's settings; oauth is always among them.",
  ],
};
