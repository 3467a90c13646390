import {
  readAllowPrivateUpstreams,
  readConsentUrl,
  readEncryptionKeySet,
  readPublicUrl,
  readSecretAccess,
} from "../_shared/config.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { buildSafeFetch } from "../_shared/http/safe_fetch.ts";
import { writeLog } from "../_shared/log.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { buildCallbackEndpoint } from "./handler.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();

export default {
  fetch: buildCallbackEndpoint({
    publicUrl: readPublicUrl(),
    consentUrl: readConsentUrl(),
    database: connectDatabase(readSecretAccess()),
    encryptionKeys: parseEncryptionKeys(readEncryptionKeySet()),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
  }),
};
