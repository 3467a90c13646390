/**
 * GitLab.
 *
 * `prompt=select_account` ends the login (gitlab-org/gitlab#377368), and no page was found that documents `login`.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const GITLAB: Preset = {
  name: "GitLab",
  documentation: [
    "https://docs.gitlab.com/integration/openid_connect_provider/",
    "https://docs.gitlab.com/api/oauth2/",
  ],
  triedLive: null,
  values: {
    host: { description: "the host of the instance", example: "gitlab.com", fallback: "gitlab.com" },
  },
  columns: {
    issuer: "https://{host}",
    token_endpoint_auth_method: "client_secret_basic",
    scopes: ["openid", "email", "profile"],
    identity_source: "openid",
  },
  redirectUri:
    "GitLab, Edit profile, Applications (or Admin area, Applications), the application, Redirect URI",
  refreshTokens: "GitLab sends one with every login; access tokens last two hours.",
  quirks: ["Scopes have to be ticked at the application before they can be asked for."],
};
