/**
 * One token of the provider in clear text, and how its ciphertext is opened.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../../_shared/database/database.ts";
import {
  type EncryptionKeys,
  type OpenedSecret,
  openSecret,
  sealSecret,
  UnreadableSecret,
  upstreamTokenOf,
} from "../../_shared/secrets/encryption.ts";
import { endedLogin } from "./ended_login.ts";
import { endUpstreamToken } from "./lease.ts";

/** A token of the provider in clear text. */
export interface VaultEntry {
  /** The `uoat_` id. */
  id: string;
  /** Whose entry it is. */
  organizationId: string;
  /** The token family of the same login; a login has one. */
  familyId: string;
  /** The ciphertext of the row. It differs when the token was refreshed. */
  ciphertext: string;
  accessToken: string;
  /** Milliseconds since the epoch. Infinite if the provider does not say: then the token is used until it is refused. */
  expiresAt: number;
  /** When it is refreshed, ahead of its expiry. */
  renewAt: number;
}

/** A row of the vault, as SQL returns it. */
export interface SealedEntry {
  id: string;
  organizationId: string;
  familyId: string;
  ciphertext: string;
  expiresAt: string | null;
  /** Null for a token that came with the login. */
  refreshedAt: string | null;
}

const AHEAD_MILLISECONDS = 30_000;

const resealUpstreamToken = defineCall(
  "reseal_upstream_token",
  z.enum(["resealed", "changed"]),
);

/** What an entry is opened with. */
export interface EntryDependencies {
  database: Database;
  encryptionKeys: EncryptionKeys;
}

/**
 * Opens a ciphertext of the vault. Seals it again if it was sealed under an old key.
 *
 * A ciphertext that cannot be opened ends its login, because it will never open.
 *
 * @throws {OAuthError} `invalid_token` when the login has ended for that reason
 */
export async function openEntry(row: SealedEntry, dependencies: EntryDependencies): Promise<VaultEntry> {
  const { id, organizationId, familyId, ciphertext, expiresAt, refreshedAt } = row;
  const { database, encryptionKeys } = dependencies;
  const { text, stale } = await openToken(row, dependencies);
  const entry = buildEntry(
    { id, organizationId, familyId, ciphertext, accessToken: text },
    expiresAt === null ? Infinity : Date.parse(expiresAt),
    refreshedAt === null ? undefined : Date.parse(refreshedAt),
  );
  if (!stale) {
    return entry;
  }
  const resealed = await sealSecret(text, upstreamTokenOf(organizationId, id), encryptionKeys);
  const resealing = await resealUpstreamToken(database, {
    p_upstream_token_id: id,
    p_known_ciphertext: ciphertext,
    p_new_ciphertext: resealed,
  });
  return resealing === "resealed" ? { ...entry, ciphertext: resealed } : entry;
}

async function openToken(
  { id, organizationId, ciphertext }: SealedEntry,
  { database, encryptionKeys }: EntryDependencies,
): Promise<OpenedSecret> {
  try {
    return await openSecret(ciphertext, upstreamTokenOf(organizationId, id), encryptionKeys);
  } catch (thrown) {
    if (!(thrown instanceof UnreadableSecret)) {
      throw thrown;
    }
    const reason = `upstream_token_${thrown.reason}`;
    await endUpstreamToken(database, {
      p_upstream_token_id: id,
      p_lease_hash: null,
      p_known_access_token: ciphertext,
      p_reason: reason,
    });
    throw endedLogin(reason, thrown);
  }
}

/**
 * Adds the time of the renewal to an entry.
 *
 * A refreshed token is used for at least half of its life. Otherwise every call
 * would refresh again when tokens live for half a minute.
 */
export function buildEntry(
  token: Omit<VaultEntry, "expiresAt" | "renewAt">,
  expiresAt: number,
  refreshedAt: number | undefined,
): VaultEntry {
  const ahead = refreshedAt === undefined
    ? AHEAD_MILLISECONDS
    : Math.min(AHEAD_MILLISECONDS, (expiresAt - refreshedAt) / 2);
  return { ...token, expiresAt, renewAt: expiresAt - ahead };
}
