/**
 * Servers by slug, kept in the worker for a while.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "./database.ts";
import { type McpServer, serverSchema } from "./rows.ts";
import { buildExpiringCache, sizeOfJson } from "../expiring_cache.ts";
import { unknownServer } from "../http/route.ts";

const CACHE_MILLISECONDS = 60_000;
const LIMITS = { maxEntries: 1000, maxBytes: 2_000_000 };

const findMcpServer = defineCall(
  "find_mcp_server",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("found"), server: serverSchema }),
    z.object({ outcome: z.literal("unknown_server") }),
  ]),
);

/** Finds an enabled server, or throws the 404 for an unknown one. */
export type FindServer = (slug: string) => Promise<McpServer>;

/** Builds the look-up. Only servers that exist are kept, so that a new server is found at once. */
export function buildFindServer(
  { database, now }: { database: Database; now: () => number },
  milliseconds = CACHE_MILLISECONDS,
): FindServer {
  const cache = buildExpiringCache<McpServer>({ ...LIMITS, milliseconds, sizeOf: sizeOfJson }, now);
  return (slug) =>
    cache.get(slug, ({ organization_id }) => organization_id, async () => {
      const finding = await findMcpServer(database, { p_slug: slug });
      if (finding.outcome === "unknown_server") {
        throw unknownServer();
      }
      return finding.server;
    });
}
