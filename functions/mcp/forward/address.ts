/**
 * Whether the gateway may call an MCP server's address. The rule is that of every configured URL.
 *
 * An answer is kept for a minute, so that calls do not wait for the DNS.
 *
 * @module
 */

import { OAuthError, toOAuthError, unavailable } from "../../_shared/errors.ts";
import { buildExpiringCache } from "../../_shared/expiring_cache.ts";
import { checkPublicAddress, type Resolve } from "../../_shared/http/safe_fetch.ts";

const CACHE_MILLISECONDS = 60_000;
const LIMITS = { maxEntries: 1000, maxBytes: 500_000 };

/** Checks an MCP server's address, or throws why it is not called. */
export type CheckServerAddress = (url: string, organizationId: string) => Promise<void>;

/** What the check needs from outside. */
export interface AddressDependencies {
  allowPrivateUpstreams: boolean;
  now: () => number;
}

/** Builds the check: https and public addresses only, except in local development. */
export function buildCheckServerAddress(
  { allowPrivateUpstreams, now }: AddressDependencies,
  resolve?: Resolve,
): CheckServerAddress {
  const cache = buildExpiringCache<void>(
    { ...LIMITS, milliseconds: CACHE_MILLISECONDS, sizeOf: () => 0 },
    now,
  );
  return async (url, organizationId) => {
    if (!allowPrivateUpstreams) {
      await cache
        .get(url, organizationId, () => checkPublicAddress(new URL(url), resolve))
        .catch((thrown: unknown) => {
          throw explain(toOAuthError(thrown));
        });
    }
  };
}

function explain(error: OAuthError): OAuthError {
  return error.code === "temporarily_unavailable"
    ? unavailable(
      "Cannot call the MCP server now: its name is not found, try again",
      "mcp_server_unresolved",
      error,
    )
    : new OAuthError("bad_gateway", "Cannot call the MCP server: its address may not be used", {
      reason: "mcp_server_address_refused",
      cause: error,
    });
}
