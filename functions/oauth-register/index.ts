import {
  readAllowPrivateUpstreams,
  readClientAddressHeader,
  readEncryptionKeySet,
  readSecretAccess,
} from "../_shared/config.ts";
import { buildCleanUp, keepWorkerRunning } from "../_shared/database/clean_up.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { buildFindSource } from "../_shared/http/source.ts";
import { writeLog } from "../_shared/log.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { buildRegistrationEndpoint } from "./handler.ts";

const database = connectDatabase(readSecretAccess());

export default {
  fetch: buildRegistrationEndpoint({
    database,
    findSource: buildFindSource(readClientAddressHeader(), parseEncryptionKeys(readEncryptionKeySet())),
    cleanUp: buildCleanUp({ database, random: Math.random, keepRunning: keepWorkerRunning }),
    allowPrivateUpstreams: readAllowPrivateUpstreams(),
    now: Date.now,
    log: writeLog,
  }),
};
