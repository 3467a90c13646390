import {
  readAllowPrivateUpstreams,
  readCollectorAccess,
  readDatabaseAccess,
  readEncryptionKeySet,
  readPublicUrl,
  readPublishableAccess,
} from "../_shared/config.ts";
import { openDatabase } from "../_shared/database/open_database.ts";
import { buildConnectUser } from "../_shared/database/user_database.ts";
import { buildSafeFetch } from "../_shared/http/safe_fetch.ts";
import { writeLog } from "../_shared/log.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { openTelemetry } from "../_shared/telemetry/open_telemetry.ts";
import { buildConfigsEndpoint } from "./handler.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();

export default {
  fetch: buildConfigsEndpoint({
    publicUrl: readPublicUrl(),
    database: await openDatabase(readDatabaseAccess()),
    connectUser: buildConnectUser(readPublishableAccess()),
    encryptionKeys: parseEncryptionKeys(readEncryptionKeySet()),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
    telemetry: await openTelemetry("oauth-configs", readCollectorAccess()),
  }),
};
