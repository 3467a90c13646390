/**
 * LinkedIn.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const LINKEDIN: Preset = {
  name: "LinkedIn",
  documentation: [
    "https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2",
    "https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow",
  ],
  triedLive: null,
  values: {},
  columns: {
    issuer: "https://www.linkedin.com/oauth",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["openid", "email", "profile"],
    identity_source: "userinfo",
  },
  redirectUri: "LinkedIn Developer Portal, the app, Auth, Authorized redirect URLs for your app",
  refreshTokens: "Only approved partners get one; access tokens last sixty days.",
  quirks: [
    "The id_token has no nonce, so userinfo names the person.",
    "The app needs the product Sign In with LinkedIn using OpenID Connect.",
  ],
};
