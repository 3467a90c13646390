/**
 * Slack.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const SLACK: Preset = {
  name: "Slack",
  documentation: [
    "https://docs.slack.dev/authentication/sign-in-with-slack/",
    "https://docs.slack.dev/reference/methods/openid.connect.token",
  ],
  triedLive: null,
  values: {},
  columns: {
    issuer: "https://slack.com",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["openid", "email", "profile"],
    identity_source: "openid",
  },
  redirectUri: "Slack, Your Apps, the app, OAuth & Permissions, Redirect URLs",
  refreshTokens: "Only an app with token rotation gets one; other tokens do not expire.",
  quirks: ["Refusals come with the status 200 and ok: false.", "The redirect URL must be https."],
};
