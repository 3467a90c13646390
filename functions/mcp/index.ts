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
import { beforeWorkerEnds, keepWorkerRunning } from "../_shared/worker.ts";
import { buildGatewayEndpoint } from "./handler.ts";
import { buildOpenExchange } from "./records/exchange.ts";
import { buildOpenCalls } from "./records/open_calls.ts";
import { buildRecordBuffer } from "./records/record_buffer.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();
const database = await openDatabase(readDatabaseAccess());
const openCalls = buildOpenCalls(Date.now);
const recorder = buildRecordBuffer({
  database,
  log: writeLog,
  after: (milliseconds, step) => {
    const timer = setTimeout(step, milliseconds);
    return () => clearTimeout(timer);
  },
  keepRunning: keepWorkerRunning,
});
beforeWorkerEnds(() => {
  openCalls.endAll();
  return recorder.flush();
});
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
    openExchange: buildOpenExchange({ recorder, openCalls, now: Date.now }),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
    telemetry: await openTelemetry("mcp", readCollectorAccess()),
  }),
};
