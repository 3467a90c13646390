/**
 * What a config of Gatepost's says of a programmable provider.
 *
 * @module
 */

import type { ProgrammableProvider } from "./provider.ts";

/** Columns of `custom_oauth_configs`; a provider without discovery has its endpoints named. */
export function toConfig({ shape, issuer, url, clientId }: ProgrammableProvider): Record<string, unknown> {
  return {
    client_id: clientId,
    ...shape.config,
    ...(shape.openId ? { issuer } : {
      issuer: null,
      identity_source: "userinfo",
      authorization_endpoint: url("authorize"),
      token_endpoint: url("token"),
      userinfo_endpoint: url("userinfo"),
      emails_endpoint: url("emails"),
    }),
  };
}
