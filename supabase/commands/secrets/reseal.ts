/**
 * Seals what stands under an old key under the first one.
 *
 * Everything runs meanwhile: a ciphertext that somebody has replaced since it
 * was listed is left alone.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../../../functions/_shared/database/database.ts";
import { nullableText } from "../../../functions/_shared/database/rows.ts";
import {
  configSecretOf,
  openSecret,
  type SealedPlace,
  sealSecret,
  UnreadableSecret,
  upstreamTokenOf,
} from "../../../functions/_shared/secrets/encryption.ts";
import type { SecretsAccess } from "./access.ts";
import { readBatches, type SealedTable } from "./batches.ts";

const staleSecretSchema = z.object({
  id: z.string(),
  organization_id: nullableText,
  secret: z.enum(["client_secret", "access_token", "refresh_token"]),
  ciphertext: z.string(),
});

type StaleSecret = z.infer<typeof staleSecretSchema>;

const listStaleSecrets = defineCall(
  "list_stale_secrets",
  z.object({ examined: z.number(), last_id: nullableText, secrets: z.array(staleSecretSchema) }),
);
const resealingSchema = z.enum(["resealed", "changed"]);
const resealOAuthConfig = defineCall("reseal_oauth_config", resealingSchema);
const resealUpstreamToken = defineCall("reseal_upstream_token", resealingSchema);

/** Logins under way are no part of it: they are over before anybody could. */
const TABLES: SealedTable[] = ["custom_oauth_configs", "upstream_oauth_tokens"];
/** How many rows are examined at a time, and how many of their secrets are sealed at once. */
const BATCH = 100;
const AT_ONCE = 10;

/** What has been done so far. */
export interface ResealProgress {
  /** Rows that were looked at. */
  examined: number;
  resealed: number;
  /** Secrets whose key is not among the given ones, or that are not genuine. */
  unreadable: number;
}

/** Goes through all tables; tells after each batch how far it is. */
export async function resealSecrets(
  access: SecretsAccess,
  tell: (progress: ResealProgress) => void = () => undefined,
): Promise<ResealProgress> {
  const progress: ResealProgress = { examined: 0, resealed: 0, unreadable: 0 };
  for (const table of TABLES) {
    const batches = readBatches((after) =>
      listStaleSecrets(access.database, {
        p_table: table,
        p_key_id: access.encryptionKeys.sealing,
        p_after: after,
        p_limit: BATCH,
      })
    );
    for await (const { examined, secrets } of batches) {
      for (let begin = 0; begin < secrets.length; begin += AT_ONCE) {
        const outcomes = await Promise.all(
          secrets.slice(begin, begin + AT_ONCE).map((secret) => reseal(secret, access)),
        );
        progress.resealed += outcomes.filter((outcome) => outcome === "resealed").length;
        progress.unreadable += outcomes.filter((outcome) => outcome === "unreadable").length;
      }
      progress.examined += examined;
      tell(progress);
    }
  }
  return progress;
}

async function reseal(
  stale: StaleSecret,
  { database, encryptionKeys }: SecretsAccess,
): Promise<"resealed" | "changed" | "unreadable"> {
  const place = findPlace(stale);
  let text: string;
  try {
    text = (await openSecret(stale.ciphertext, place, encryptionKeys)).text;
  } catch (error) {
    if (error instanceof UnreadableSecret) {
      return "unreadable";
    }
    throw error;
  }
  const ciphertexts = {
    p_known_ciphertext: stale.ciphertext,
    p_new_ciphertext: await sealSecret(text, place, encryptionKeys),
  };
  return stale.secret === "client_secret"
    ? await resealOAuthConfig(database, { p_oauth_config_id: stale.id, ...ciphertexts })
    : await resealUpstreamToken(database, { p_upstream_token_id: stale.id, ...ciphertexts });
}

/** A token of the vault has an organization; without one it opens nowhere. */
function findPlace(stale: StaleSecret): SealedPlace {
  return stale.secret === "client_secret"
    ? configSecretOf(stale)
    : upstreamTokenOf(stale.organization_id ?? "", stale.id);
}
