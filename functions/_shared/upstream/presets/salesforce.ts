/**
 * Salesforce.
 *
 * Of a person who is logged in, `prompt=select_account` asks nothing unless several accounts are remembered, as
 * Salesforce's page of the web server flow is quoted (docs.appmixer.com); `login` always asks.
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const SALESFORCE: Preset = {
  name: "Salesforce",
  documentation: [
    "https://help.salesforce.com/s/articleView?id=sf.remoteaccess_using_openid_discovery_endpoint.htm",
    "https://login.salesforce.com/.well-known/openid-configuration",
    "https://help.salesforce.com/s/articleView?id=xcloud.sso_provider_addl_params_prompt.htm",
  ],
  triedLive: null,
  values: {
    domain: {
      description: "login.salesforce.com, test.salesforce.com or the My Domain of the org",
      example: "example.my.salesforce.com",
      fallback: "login.salesforce.com",
    },
  },
  columns: {
    issuer: "https://{domain}",
    token_endpoint_auth_method: "client_secret_post",
    scopes: ["openid", "email", "profile", "refresh_token"],
    identity_source: "openid",
    account_prompt: "login",
  },
  redirectUri: "Salesforce Setup, App Manager, the connected app, OAuth Settings, Callback URL",
  refreshTokens: "The scope refresh_token brings one where the app has it among its selected OAuth scopes.",
  quirks: [
    "The subject is a URL.",
    "An org with a My Domain may issue under it: then domain is the My Domain.",
  ],
};
