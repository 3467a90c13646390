import { readAllowPrivateUpstreams, readSecretAccess } from "../_shared/config.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { writeLog } from "../_shared/log.ts";
import { buildRegistrationEndpoint } from "./handler.ts";

export default {
  fetch: buildRegistrationEndpoint({
    database: connectDatabase(readSecretAccess()),
    allowPrivateUpstreams: readAllowPrivateUpstreams(),
    now: Date.now,
    log: writeLog,
  }),
};
