/**
 * Notion.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const NOTION: Preset = {
  name: "Notion",
  documentation: [
    "https://developers.notion.com/docs/authorization",
    "https://developers.notion.com/reference/get-self",
  ],
  triedLive: null,
  values: {},
  columns: {
    authorization_endpoint: "https://api.notion.com/v1/oauth/authorize",
    token_endpoint: "https://api.notion.com/v1/oauth/token",
    revocation_endpoint: "https://api.notion.com/v1/oauth/revoke",
    userinfo_endpoint: "https://api.notion.com/v1/users/me",
    token_endpoint_auth_method: "client_secret_basic",
    scopes: [],
    authorization_parameters: { owner: "user" },
    identity_source: "userinfo",
    subject_claim: "bot.owner.user.id",
  },
  redirectUri: "Notion, My integrations, the public integration, Configuration, Redirect URIs",
  refreshTokens: "Integrations may get one; a token without one does not expire.",
  quirks: [
    "There are no scopes: the integration's capabilities decide.",
    "Every request of the API names its version, which Gatepost sends.",
    "The address of a person is not read.",
  ],
};
