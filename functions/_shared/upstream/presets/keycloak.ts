/**
 * Keycloak.
 *
 * Keycloak has no `prompt=select_account`, as its maintainers say (keycloak/keycloak#42064).
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const KEYCLOAK: Preset = {
  name: "Keycloak",
  documentation: [
    "https://www.keycloak.org/securing-apps/oidc-layers",
    "https://www.keycloak.org/docs/latest/server_admin/",
  ],
  triedLive: null,
  values: {
    host: {
      description: "the host of the server, with its path prefix if it has one",
      example: "sso.example.com",
    },
    realm: { description: "the realm", example: "customers" },
  },
  columns: {
    issuer: "https://{host}/realms/{realm}",
    token_endpoint_auth_method: "client_secret_basic",
    scopes: ["openid", "email", "profile"],
    identity_source: "openid",
    account_prompt: "login",
  },
  redirectUri: "Keycloak Admin Console, the realm, Clients, the client, Settings, Valid redirect URIs",
  refreshTokens:
    "Keycloak sends one with every login; it ends with the session. The scope offline_access makes it outlive the session.",
  quirks: ["Servers older than version 17 have /auth before /realms: put it into host."],
};
