/**
 * Okta.
 *
 * That `prompt=login` asks again follows from OpenID Connect; the page of Okta that lists the values was not found.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const OKTA: Preset = {
  name: "Okta",
  documentation: [
    "https://developer.okta.com/docs/reference/api/oidc/",
    "https://developer.okta.com/docs/guides/refresh-tokens/main/",
  ],
  triedLive: null,
  values: {
    domain: { description: "the Okta domain", example: "example.okta.com" },
    authorization_server: {
      description: "the id of the authorization server",
      example: "default",
      fallback: "default",
    },
  },
  columns: {
    issuer: "https://{domain}/oauth2/{authorization_server}",
    token_endpoint_auth_method: "client_secret_basic",
    scopes: ["openid", "email", "profile", "offline_access"],
    identity_source: "openid",
    account_prompt: "login",
  },
  redirectUri: "Okta Admin Console, Applications, the app, General, Login, Sign-in redirect URIs",
  refreshTokens: "The scope offline_access brings one where the app has the grant type Refresh Token.",
  quirks: [
    "The org authorization server's issuer is the domain alone: give issuer in place of the preset's.",
  ],
};
