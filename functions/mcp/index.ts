import {
  readAllowPrivateUpstreams,
  readClientAddressHeader,
  readCollectorAccess,
  readConsentUrl,
  readDatabaseAccess,
  readEncryptionKeySet,
  readPublicUrl,
  readSigningKeySet,
} from "../_shared/config.ts";
import { buildCleanUp } from "../_shared/database/clean_up.ts";
import { openDatabase } from "../_shared/database/open_database.ts";
import { buildSafeFetch } from "../_shared/http/safe_fetch.ts";
import { buildFindSource } from "../_shared/http/source.ts";
import { writeLog } from "../_shared/log.ts";
import { parseEncryptionKeys } from "../_shared/secrets/encryption.ts";
import { openTelemetry } from "../_shared/telemetry/open_telemetry.ts";
import { parseSigningKeys } from "../_shared/tokens/signing_keys.ts";
import { keepWorkerRunning } from "../_shared/worker.ts";
import { buildGatewayEndpoint } from "./handler.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();
const database = await openDatabase(readDatabaseAccess());
const encryptionKeys = parseEncryptionKeys(readEncryptionKeySet());

export default {
  fetch: buildGatewayEndpoint({
    publicUrl: readPublicUrl(),
    consentUrl: readConsentUrl(),
    database,
    signingKeys: await parseSigningKeys(readSigningKeySet()),
    encryptionKeys,
    findSource: buildFindSource(readClientAddressHeader(), encryptionKeys),
    cleanUp: buildCleanUp({ database, random: Math.random, keepRunning: keepWorkerRunning }),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
    telemetry: await openTelemetry("mcp", readCollectorAccess()),
  }),
};
