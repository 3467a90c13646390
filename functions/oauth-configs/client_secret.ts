/**
 * The client secret of a change, sealed for the database.
 *
 * Two ciphertexts of the same secret differ. So a secret that is saved again is
 * compared in clear text, and the stored ciphertext is sent: then the database
 * sees that the secret was given and has not changed.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../_shared/database/database.ts";
import { nullableText } from "../_shared/database/rows.ts";
import {
  configSecretOf,
  type EncryptionKeys,
  openSecret,
  sealSecret,
  UnreadableSecret,
} from "../_shared/secrets/encryption.ts";
import { isSameSecret, newRowId } from "../_shared/secrets/secrets.ts";

export const readClientSecret = defineCall(
  "read_client_secret",
  z.object({ outcome: z.enum(["found", "unknown_config"]), client_secret_ciphertext: nullableText }),
);

/** What a secret is sealed and compared with. */
export interface ClientSecretDependencies {
  /** Reads the stored secret, which no platform user may read. */
  database: Database;
  encryptionKeys: EncryptionKeys;
}

/** Seals a secret for an organization's config. The id of a new one is made here, and SQL takes it from the ciphertext. */
export async function sealClientSecret(
  secret: string,
  organizationId: string,
  configId: string | undefined,
  { database, encryptionKeys }: ClientSecretDependencies,
): Promise<string> {
  const place = configSecretOf({ id: configId ?? newRowId("coac_"), organization_id: organizationId });
  if (configId !== undefined) {
    const { client_secret_ciphertext: known } = await readClientSecret(database, {
      p_oauth_config_id: configId,
    });
    if (known !== null && (await holdsSecret(known))) {
      return known;
    }
  }
  return await sealSecret(secret, place, encryptionKeys);

  async function holdsSecret(ciphertext: string): Promise<boolean> {
    try {
      const opened = await openSecret(ciphertext, place, encryptionKeys);
      return isSameSecret(opened.text, secret);
    } catch (thrown) {
      if (thrown instanceof UnreadableSecret) {
        return false;
      }
      throw thrown;
    }
  }
}
