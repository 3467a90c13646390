/**
 * Where the secrets are that a task works on: in the embedded stack, or in a project.
 *
 * @module
 */

import { readEncryptionKeySet, readSecretAccess } from "../../../functions/_shared/config.ts";
import { connectDatabase, type Database } from "../../../functions/_shared/database/database.ts";
import { type EncryptionKeys, parseEncryptionKeys } from "../../../functions/_shared/secrets/encryption.ts";
import { readKept } from "../../local/data_folder.ts";
import { Problem, toSentence } from "../../local/problem.ts";
import type { Secrets } from "../../local/secrets.ts";
import { readStatus } from "../../local/stack_status.ts";

/** The database through the one door of the functions, and the keys that the functions have. */
export interface SecretsAccess {
  database: Database;
  encryptionKeys: EncryptionKeys;
}

/** Opens the project that the environment names, or the embedded stack that runs on a data folder. */
export async function openSecrets(
  { project, dataDir }: { project: boolean; dataDir: string },
): Promise<SecretsAccess> {
  try {
    return project ? openProject() : await openStack(dataDir);
  } catch (error) {
    throw error instanceof Problem
      ? error
      : new Problem(toSentence(error).replace("Cannot start", "Cannot read the secrets"), { cause: error });
  }
}

function openProject(): SecretsAccess {
  return {
    database: connectDatabase(readSecretAccess()),
    encryptionKeys: parseEncryptionKeys(readEncryptionKeySet()),
  };
}

/** As for the stack's functions, the environment's keys come before those of the data folder. */
async function openStack(dataDir: string): Promise<SecretsAccess> {
  const { API_URL, SECRET_KEY } = await readStatus(dataDir);
  const kept = await readKept<Secrets>(dataDir, "secrets.json");
  const keySet = Deno.env.get("GATEPOST_ENCRYPTION_KEYS") ?? kept?.encryptionKeys ?? "";
  return {
    database: connectDatabase({ url: API_URL, key: SECRET_KEY }),
    encryptionKeys: parseEncryptionKeys(keySet),
  };
}
