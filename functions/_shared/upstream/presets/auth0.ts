/**
 * Auth0.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const AUTH0: Preset = {
  name: "Auth0",
  documentation: [
    "https://auth0.com/docs/get-started/authentication-and-authorization-flow/authorization-code-flow",
    "https://auth0.com/docs/secure/tokens/refresh-tokens/get-refresh-tokens",
    "https://auth0.com/docs/authenticate/login/max-age-reauthentication",
  ],
  triedLive: null,
  values: {
    domain: { description: "the tenant domain or a custom one", example: "example.eu.auth0.com" },
    audience: {
      description: "the identifier of the API that the access token is for",
      example: "https://api.example.com",
    },
  },
  columns: {
    issuer: "https://{domain}/",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["openid", "email", "profile", "offline_access"],
    authorization_parameters: { audience: "{audience}" },
    identity_source: "openid",
    account_prompt: "login",
  },
  redirectUri: "Auth0 Dashboard, Applications, the application, Settings, Allowed Callback URLs",
  refreshTokens: "The scope offline_access brings one where the API has Allow Offline Access on.",
  quirks: [
    "The issuer ends in a slash.",
    "Without audience the access token is opaque and good for userinfo only.",
  ],
};
