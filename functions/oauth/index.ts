import { readPublicUrl, readSecretAccess } from "../_shared/config.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { writeLog } from "../_shared/log.ts";
import { buildDiscoveryEndpoint } from "./handler.ts";

export default {
  fetch: buildDiscoveryEndpoint({
    publicUrl: readPublicUrl(),
    database: connectDatabase(readSecretAccess()),
    now: Date.now,
    log: writeLog,
  }),
};
