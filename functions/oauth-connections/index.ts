import {
  readAllowPrivateUpstreams,
  readCollectorAccess,
  readConsentUrl,
  readDatabaseAccess,
  readEncryptionKeySet,
  readPublicUrl,
  readSigningKeySet,
} from "../_shared/config.ts";
import { openDatabase } from "../_shared/database/open_database.ts";
import { buildSafeFetch } from "../_shared/http/safe_fetch.ts";
import { writeLog } from "../_shared/log.ts";
import { openTelemetry } from "../_shared/telemetry/open_telemetry.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { parseSigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildConnectionsEndpoint } from "./handler.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();

export default {
  fetch: buildConnectionsEndpoint({
    publicUrl: readPublicUrl(),
    consentUrl: readConsentUrl(),
    database: await openDatabase(readDatabaseAccess()),
    signingKeys: await parseSigningKeys(readSigningKeySet()),
    encryptionKeys: parseEncryptionKeys(readEncryptionKeySet()),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
    telemetry: await openTelemetry("oauth-connections", readCollectorAccess()),
  }),
};
