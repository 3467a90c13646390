/**
 * Zoom.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const ZOOM: Preset = {
  name: "Zoom",
  documentation: [
    "https://developers.zoom.us/docs/integrations/oauth/",
    "https://developers.zoom.us/docs/api/users/",
  ],
  triedLive: null,
  values: {},
  columns: {
    authorization_endpoint: "https://zoom.us/oauth/authorize",
    token_endpoint: "https://zoom.us/oauth/token",
    revocation_endpoint: "https://zoom.us/oauth/revoke",
    userinfo_endpoint: "https://api.zoom.us/v2/users/me",
    token_endpoint_auth_method: "client_secret_basic",
    scopes: [],
    identity_source: "userinfo",
    subject_claim: "id",
  },
  redirectUri: "Zoom App Marketplace, Manage, the app, Basic Information, OAuth Redirect URL",
  refreshTokens: "Zoom sends one with every login; each refresh rotates it.",
  quirks: [
    "Scopes are those of the app's settings; user:read:user is needed to learn who logged in.",
    "An address counts as unverified: Zoom says it in another member.",
  ],
};
