/**
 * WorkOS.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const WORKOS: Preset = {
  name: "WorkOS",
  documentation: [
    "https://workos.com/docs/reference/workos-connect/authorize",
    "https://workos.com/docs/reference/workos-connect/metadata",
  ],
  triedLive: null,
  values: { domain: { description: "the AuthKit domain", example: "example.authkit.app" } },
  columns: {
    issuer: "https://{domain}",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["openid", "email", "profile", "offline_access"],
    identity_source: "openid",
  },
  redirectUri: "WorkOS Dashboard, Connect, the OAuth application, Redirect URIs",
  refreshTokens: "The scope offline_access brings one.",
  quirks: ["The client is an OAuth application of Connect, not the environment's own client id."],
};
