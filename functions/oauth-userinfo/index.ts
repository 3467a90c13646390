import {
  readCollectorAccess,
  readDatabaseAccess,
  readPublicUrl,
  readSigningKeySet,
} from "../_shared/config.ts";
import { openDatabase } from "../_shared/database/open_database.ts";
import { writeLog } from "../_shared/log.ts";
import { openTelemetry } from "../_shared/telemetry/open_telemetry.ts";
import { parseSigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildUserinfoEndpoint } from "./handler.ts";

export default {
  fetch: buildUserinfoEndpoint({
    publicUrl: readPublicUrl(),
    database: await openDatabase(readDatabaseAccess()),
    signingKeys: await parseSigningKeys(readSigningKeySet()),
    now: Date.now,
    log: writeLog,
    telemetry: await openTelemetry("oauth-userinfo", readCollectorAccess()),
  }),
};
