import {
  readAllowPrivateUpstreams,
  readEncryptionKeySet,
  readPublicUrl,
  readSecretAccess,
  readSigningKeySet,
} from "../_shared/config.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { buildSafeFetch } from "../_shared/http/safe_fetch.ts";
import { writeLog } from "../_shared/log.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { parseSigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildGatewayEndpoint } from "./handler.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();

export default {
  fetch: buildGatewayEndpoint({
    publicUrl: readPublicUrl(),
    database: connectDatabase(readSecretAccess()),
    signingKeys: await parseSigningKeys(readSigningKeySet()),
    encryptionKeys: parseEncryptionKeys(readEncryptionKeySet()),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
  }),
};
