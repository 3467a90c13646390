/**
 * Discord.
 *
 * `prompt` is `consent` or `none` (discord-api-types): neither leads to another account.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const DISCORD: Preset = {
  name: "Discord",
  documentation: [
    "https://docs.discord.com/developers/topics/oauth2",
    "https://docs.discord.com/developers/resources/user",
  ],
  triedLive: null,
  values: {},
  columns: {
    authorization_endpoint: "https://discord.com/oauth2/authorize",
    token_endpoint: "https://discord.com/api/oauth2/token",
    revocation_endpoint: "https://discord.com/api/oauth2/token/revoke",
    userinfo_endpoint: "https://discord.com/api/users/@me",
    token_endpoint_auth_method: "client_secret_basic",
    scopes: ["identify", "email"],
    identity_source: "userinfo",
    subject_claim: "id",
  },
  redirectUri: "Discord Developer Portal, the application, OAuth2, Redirects",
  refreshTokens: "Discord sends one with every login.",
  quirks: ["The address is called verified in another member, so it counts as unverified."],
};
