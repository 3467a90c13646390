/**
 * How many secrets stand under which key: an old one may go when nothing does.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../../../functions/_shared/database/database.ts";
import { nullableText } from "../../../functions/_shared/database/rows.ts";
import type { SecretsAccess } from "./access.ts";
import { readBatches, type SealedTable } from "./batches.ts";

const countSealedSecrets = defineCall(
  "count_sealed_secrets",
  z.object({
    examined: z.number(),
    last_id: nullableText,
    counts: z.record(z.string(), z.record(z.string(), z.number())),
  }),
);

const TABLES: SealedTable[] = ["custom_oauth_configs", "upstream_oauth_tokens", "mcp_authorization_sessions"];
const BATCH = 1000;

/** The kinds of secrets, as SQL names them, and as people read them. */
const KINDS = {
  client_secret: "client secrets",
  access_token: "access tokens",
  refresh_token: "refresh tokens",
  login_under_way: "logins under way",
} as const;

/** How many secrets of each kind stand under each key; those that name no key stand under the empty one. */
export type KeyCounts = Map<string, Record<string, number>>;

/** Counts, batch by batch. Every key that is configured is there, with nothing under it at least. */
export async function countByKey({ database, encryptionKeys }: SecretsAccess): Promise<KeyCounts> {
  const counts: KeyCounts = new Map([...encryptionKeys.keys.keys()].map((key) => [key, {}]));
  for (const table of TABLES) {
    const batches = readBatches((after) =>
      countSealedSecrets(database, { p_table: table, p_after: after, p_limit: BATCH })
    );
    for await (const batch of batches) {
      for (const [kind, keys] of Object.entries(batch.counts)) {
        for (const [key, secrets] of Object.entries(keys)) {
          const under = counts.get(key) ?? {};
          counts.set(key, { ...under, [kind]: (under[kind] ?? 0) + secrets });
        }
      }
    }
  }
  return counts;
}

/** The counts as a table for people, with what each key is good for. */
export function describeCounts(
  counts: KeyCounts,
  { sealing, keys }: SecretsAccess["encryptionKeys"],
): string {
  const rows = [...counts].map(([key, secrets]) => {
    const total = Object.values(secrets).reduce((sum, count) => sum + count, 0);
    const state = key === sealing
      ? "seals"
      : !keys.has(key)
      ? "not configured: what stands under it is lost"
      : total > 0
      ? "opens; run deno task reseal"
      : "opens; may be removed";
    return [key || "(none)", ...Object.keys(KINDS).map((kind) => String(secrets[kind] ?? 0)), state];
  });
  const table = [["key", ...Object.values(KINDS), ""], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd())
    .join("\n");
}
