import {
  readAllowPrivateUpstreams,
  readEncryptionKeySet,
  readPublicUrl,
  readPublishableAccess,
  readSecretAccess,
} from "../_shared/config.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { buildConnectUser } from "../_shared/database/user_database.ts";
import { buildSafeFetch } from "../_shared/http/safe_fetch.ts";
import { writeLog } from "../_shared/log.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { buildConfigsEndpoint } from "./handler.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();

export default {
  fetch: buildConfigsEndpoint({
    publicUrl: readPublicUrl(),
    database: connectDatabase(readSecretAccess()),
    connectUser: buildConnectUser(readPublishableAccess()),
    encryptionKeys: parseEncryptionKeys(readEncryptionKeySet()),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
  }),
};
