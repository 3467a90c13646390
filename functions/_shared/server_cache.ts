/**
 * Servers by slug, kept in the worker for a minute.
 *
 * @module
 */

import type { McpServer } from "./database.ts";
import type { Dependencies } from "./dependencies.ts";
import { unknownServer } from "./route.ts";

const CACHE_MILLISECONDS = 60_000;
const MAX_ENTRIES = 1000;

/** Finds an enabled server, or throws the 404 for an unknown one. */
export type FindServer = (slug: string) => Promise<McpServer>;

/** Builds the look-up. Only servers that exist are kept, so that a new one is there at once. */
export function cacheServers(
  { database, now }: Pick<Dependencies, "database" | "now">,
  milliseconds = CACHE_MILLISECONDS,
): FindServer {
  const cache = new Map<string, { server: McpServer; until: number }>();
  return async (slug) => {
    const known = cache.get(slug);
    if (known && known.until > now()) {
      return known.server;
    }
    cache.delete(slug);
    const finding = await database.findMcpServer({ p_slug: slug });
    if (finding.outcome === "unknown_server") {
      throw unknownServer();
    }
    if (cache.size >= MAX_ENTRIES) {
      cache.clear();
    }
    cache.set(slug, { server: finding.server, until: now() + milliseconds });
    return finding.server;
  };
}
