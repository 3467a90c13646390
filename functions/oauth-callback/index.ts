import {
  readAllowPrivateUpstreams,
  readCollectorAccess,
  readConsentUrl,
  readDatabaseAccess,
  readEncryptionKeySet,
  readPublicUrl,
} from "../_shared/config.ts";
import { openDatabase } from "../_shared/database/open_database.ts";
import { buildSafeFetch } from "../_shared/http/safe_fetch.ts";
import { writeLog } from "../_shared/log.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { openTelemetry } from "../_shared/telemetry/open_telemetry.ts";
import { buildCallbackEndpoint } from "./handler.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();

export default {
  fetch: buildCallbackEndpoint({
    publicUrl: readPublicUrl(),
    consentUrl: readConsentUrl(),
    database: await openDatabase(readDatabaseAccess()),
    encryptionKeys: parseEncryptionKeys(readEncryptionKeySet()),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
    telemetry: await openTelemetry("oauth-callback", readCollectorAccess()),
  }),
};
