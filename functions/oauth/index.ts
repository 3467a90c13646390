import { readCollectorAccess, readDatabaseAccess, readPublicUrl } from "../_shared/config.ts";
import { openDatabase } from "../_shared/database/open_database.ts";
import { writeLog } from "../_shared/log.ts";
import { openTelemetry } from "../_shared/telemetry/open_telemetry.ts";
import { buildDiscoveryEndpoint } from "./handler.ts";

export default {
  fetch: buildDiscoveryEndpoint({
    publicUrl: readPublicUrl(),
    database: await openDatabase(readDatabaseAccess()),
    now: Date.now,
    log: writeLog,
    telemetry: await openTelemetry("oauth", readCollectorAccess()),
  }),
};
