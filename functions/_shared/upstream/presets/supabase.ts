/**
 * Supabase Auth.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const SUPABASE: Preset = {
  name: "Supabase Auth",
  documentation: [
    "https://supabase.com/docs/guides/auth/oauth-server/getting-started",
    "https://supabase.com/docs/guides/auth/oauth-server/oauth-flows",
  ],
  triedLive: null,
  values: { project: { description: "the reference of the project", example: "abcdefghijklmnopqrst" } },
  columns: {
    issuer: "https://{project}.supabase.co/auth/v1",
    token_endpoint_auth_method: "client_secret_basic",
    scopes: ["openid", "email", "profile"],
    identity_source: "openid",
  },
  redirectUri: "Supabase Dashboard, Authentication, OAuth Apps, the app, Redirect URIs",
  refreshTokens: "Supabase Auth sends one with every login; each refresh rotates it.",
  quirks: [
    "The OAuth 2.1 server has to be enabled, and the project needs a page for consent.",
    "id_tokens can be verified only where the project signs with an asymmetric key.",
  ],
};
