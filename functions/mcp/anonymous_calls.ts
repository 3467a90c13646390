/**
 * Calls of an MCP server without sign-in: a visitor is tracked if there is something to recognize the visitor by.
 *
 * A visitor is recognized by the header `Gatepost-Tracking-Id` or, without it,
 * by the MCP session. Neither is a proof: every caller who knows a tracking id
 * or an `Mcp-Session-Id` is taken for that visitor. The session id is a secret
 * of the MCP server, and the tracking id should be a secret of the client.
 * Therefore a visitor who has logged in is forwarded without an identity, half
 * a minute after the login at the latest.
 *
 * @module
 */

import * as z from "zod/mini";
import type { CleanUp } from "../_shared/database/clean_up.ts";
import { type Database, defineCall } from "../_shared/database/database.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { OAuthError } from "../_shared/errors.ts";
import { buildExpiringCache } from "../_shared/expiring_cache.ts";
import type { FindSource } from "../_shared/http/source.ts";
import { unknownServer } from "../_shared/http/route.ts";
import { hashSecret } from "../_shared/secrets/secrets.ts";
import { isTrackingId } from "../_shared/secrets/tracking_id.ts";
import type { PreparedCall } from "./calls.ts";
import { type IdentityDependencies, issueIdentityToken } from "./identity_token.ts";
import { hashSessionId } from "./forward/session_id.ts";

const CACHE_MILLISECONDS = 30_000;
const LIMITS = { maxEntries: 10_000, maxBytes: 4_000_000 };

/** The header by which a visitor is recognized. */
export const TRACKING_HEADER = "Gatepost-Tracking-Id";

const openAnonymousCall = defineCall(
  "open_anonymous_call",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("tracked"), organization_id: z.string(), mcp_server_user_id: z.string() }),
    z.object({ outcome: z.enum(["known", "crowded", "user_blocked", "unknown_server"]) }),
  ]),
  ["p_session_hash", "p_source"],
);

/** Who visits, and what the MCP server is told of that. */
type Visitor = Pick<PreparedCall, "userId" | "identityToken">;

const NOBODY: Visitor = { userId: null, identityToken: undefined };

/** Prepares a call without a login. */
export type PrepareAnonymousCall = (server: McpServer, request: Request) => Promise<PreparedCall>;

/** What the preparation needs from outside. */
export interface AnonymousCallDependencies extends IdentityDependencies {
  database: Database;
  findSource: FindSource;
  cleanUp: CleanUp;
  now: () => number;
}

/** Builds the preparation. */
export function buildPrepareAnonymousCall(dependencies: AnonymousCallDependencies): PrepareAnonymousCall {
  const cache = buildExpiringCache<Visitor>(
    {
      ...LIMITS,
      milliseconds: CACHE_MILLISECONDS,
      sizeOf: ({ identityToken }) => identityToken?.length ?? 0,
    },
    dependencies.now,
  );
  return async (server, request) => {
    const mcpSessionId = request.headers.get("Mcp-Session-Id");
    const trackingId = readTrackingId(request);
    const visitor = trackingId === null && mcpSessionId === null ? NOBODY : await cache.get(
      JSON.stringify([server.slug, trackingId, hashSessionId(mcpSessionId)]),
      server.organization_id,
      () => identify(server, request, trackingId, mcpSessionId, dependencies),
    );
    return { ...visitor, entry: undefined, renew: () => undefined };
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

/** The identity of a visitor; nobody's if the MCP server gets none. */
async function identify(
  server: McpServer,
  request: Request,
  trackingId: string | null,
  mcpSessionId: string | null,
  dependencies: AnonymousCallDependencies,
): Promise<Visitor> {
  const opening = await openAnonymousCall(dependencies.database, {
    p_slug: server.slug,
    // With the server's id, because two MCP servers may use the same session id.
    p_tracking_id: trackingId ?? hashSecret(`${server.id} ${mcpSessionId}`),
    p_session_hash: hashSessionId(mcpSessionId),
    p_source: await dependencies.findSource(request),
  });
  dependencies.cleanUp();
  switch (opening.outcome) {
    case "tracked":
      return {
        userId: opening.mcp_server_user_id,
        identityToken: await issueIdentityToken(server, opening, dependencies),
      };
    case "known":
    case "crowded":
      return NOBODY;
    case "user_blocked":
      throw new OAuthError("forbidden", "Cannot call this server: the caller is blocked", {
        reason: opening.outcome,
      });
    case "unknown_server":
      throw unknownServer();
  }
}
