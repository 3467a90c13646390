import {
  readAllowPrivateUpstreams,
  readClientAddressHeader,
  readCollectorAccess,
  readDatabaseAccess,
  readEncryptionKeySet,
} from "../_shared/config.ts";
import { buildCleanUp } from "../_shared/database/clean_up.ts";
import { openDatabase } from "../_shared/database/open_database.ts";
import { buildFindSource } from "../_shared/http/source.ts";
import { writeLog } from "../_shared/log.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { openTelemetry } from "../_shared/telemetry/open_telemetry.ts";
import { keepWorkerRunning } from "../_shared/worker.ts";
import { buildRegistrationEndpoint } from "./handler.ts";

const database = await openDatabase(readDatabaseAccess());

export default {
  fetch: buildRegistrationEndpoint({
    database,
    findSource: buildFindSource(readClientAddressHeader(), parseEncryptionKeys(readEncryptionKeySet())),
    cleanUp: buildCleanUp({ database, random: Math.random, keepRunning: keepWorkerRunning }),
    allowPrivateUpstreams: readAllowPrivateUpstreams(),
    now: Date.now,
    log: writeLog,
    telemetry: await openTelemetry("oauth-register", readCollectorAccess()),
  }),
};
