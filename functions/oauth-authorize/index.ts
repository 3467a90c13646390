import {
  readAllowPrivateUpstreams,
  readClientAddressHeader,
  readConsentUrl,
  readEncryptionKeySet,
  readPublicUrl,
  readSecretAccess,
} from "../_shared/config.ts";
import { buildCleanUp, keepWorkerRunning } from "../_shared/database/clean_up.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { buildSafeFetch } from "../_shared/http/safe_fetch.ts";
import { buildFindSource } from "../_shared/http/source.ts";
import { writeLog } from "../_shared/log.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { buildAuthorizationEndpoint } from "./handler.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();
const database = connectDatabase(readSecretAccess());
const encryptionKeys = parseEncryptionKeys(readEncryptionKeySet());

export default {
  fetch: buildAuthorizationEndpoint({
    publicUrl: readPublicUrl(),
    consentUrl: readConsentUrl(),
    database,
    encryptionKeys,
    findSource: buildFindSource(readClientAddressHeader(), encryptionKeys),
    cleanUp: buildCleanUp({ database, random: Math.random, keepRunning: keepWorkerRunning }),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
  }),
};
