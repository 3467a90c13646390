/**
 * Servers by slug, kept in the worker for a while.
 *
 * @module
 */

import type { McpServer } from "./results.ts";
import type { Dependencies } from "../dependencies.ts";
import { buildExpiringCache } from "../expiring_cache.ts";
import { unknownServer } from "../http/route.ts";

const CACHE_MILLISECONDS = 60_000;
const MAX_ENTRIES = 1000;

/** Finds an enabled server, or throws the 404 for an unknown one. */
export type FindServer = (slug: string) => Promise<McpServer>;

/** Builds the look-up. Only servers that exist are kept, so that a new one is there at once. */
export function cacheServers(
  { database, now }: Pick<Dependencies, "database" | "now">,
  milliseconds = CACHE_MILLISECONDS,
): FindServer {
  const cache = buildExpiringCache<McpServer>(milliseconds, MAX_ENTRIES, now);
  return (slug) =>
    cache.get(slug, async () => {
      const finding = await database.findMcpServer({ p_slug: slug });
      if (finding.outcome === "unknown_server") {
        throw unknownServer();
      }
      return finding.server;
    });
}
