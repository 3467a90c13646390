/**
 * Calls of an MCP server without sign-in: visitors that are tracked where they can be told apart.
 *
 * A visitor is told apart by the header `Gatepost-Tracking-Id` or, without it,
 * by the MCP session. Neither proves anything: whoever knows a tracking id or
 * an `Mcp-Session-Id` is that visitor, as far as anybody knows. A session id is
 * a bearer secret of the MCP server, and a tracking id should be one of the
 * client. Therefore a visitor who has logged in somewhere since is handed on
 * without an identity, within half a minute.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../_shared/database/database.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { OAuthError } from "../_shared/errors.ts";
import { buildExpiringCache } from "../_shared/expiring_cache.ts";
import { unknownServer } from "../_shared/http/route.ts";
import { hashSecret } from "../_shared/secrets/secrets.ts";
import { isTrackingId } from "../_shared/secrets/tracking_id.ts";
import type { PreparedCall } from "./calls.ts";
import { type IdentityDependencies, issueIdentityToken } from "./identity_token.ts";
import { hashSessionId, keepSessionId } from "./forward/session_id.ts";

const CACHE_MILLISECONDS = 30_000;
const MAX_ENTRIES = 10_000;

/** The header by which a visitor is told apart. */
export const TRACKING_HEADER = "Gatepost-Tracking-Id";

const openAnonymousCall = defineCall(
  "open_anonymous_call",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("tracked"), organization_id: z.string(), mcp_server_user_id: z.string() }),
    z.object({ outcome: z.enum(["known", "crowded", "user_blocked", "unknown_server"]) }),
  ]),
  ["p_session_hash"],
);

/** Prepares a call without a login. */
export type PrepareAnonymousCall = (server: McpServer, request: Request) => Promise<PreparedCall>;

/** What the preparation needs from outside. */
export interface AnonymousCallDependencies extends IdentityDependencies {
  database: Database;
  now: () => number;
}

/** Builds the preparation. */
export function buildPrepareAnonymousCall(dependencies: AnonymousCallDependencies): PrepareAnonymousCall {
  const cache = buildExpiringCache<string | undefined>(CACHE_MILLISECONDS, MAX_ENTRIES, dependencies.now);
  return async (server, request) => {
    const mcpSessionId = request.headers.get("Mcp-Session-Id");
    const trackingId = readTrackingId(request);
    const identityToken = trackingId === null && mcpSessionId === null
      ? undefined
      : await cache.get(JSON.stringify([server.slug, trackingId, await keepSessionId(mcpSessionId)]), () =>
        identify(server, trackingId, mcpSessionId, dependencies));
    return { identityToken, upstream: undefined };
  };
}

function readTrackingId(request: Request): string | null {
  const trackingId = request.headers.get(TRACKING_HEADER);
  if (trackingId !== null && !isTrackingId(trackingId)) {
    throw new OAuthError(
      "invalid_request",
      `Cannot track caller: ${TRACKING_HEADER} must be 1 to 255 visible characters`,
      { reason: "tracking_id_malformed" },
    );
  }
  return trackingId;
}

/** The identity of a visitor, where there is one to hand on. */
async function identify(
  server: McpServer,
  trackingId: string | null,
  mcpSessionId: string | null,
  dependencies: AnonymousCallDependencies,
): Promise<string | undefined> {
  const opening = await openAnonymousCall(dependencies.database, {
    p_slug: server.slug,
    // A session names its visitor at one server only: another's may have the same id.
    p_tracking_id: trackingId ?? (await hashSecret(`${server.id} ${mcpSessionId}`)),
    p_session_hash: await hashSessionId(mcpSessionId),
  });
  switch (opening.outcome) {
    case "tracked":
      return await issueIdentityToken(server, opening, dependencies);
    case "known":
    case "crowded":
      return undefined;
    case "user_blocked":
      throw new OAuthError("forbidden", "Cannot call this server: the caller is blocked", {
        reason: opening.outcome,
      });
    case "unknown_server":
      throw unknownServer();
  }
}
