/**
 * The gateway as `functions/mcp/index.ts` wires it, but that nobody looks at what passes: what records cost shows against it.
 *
 * @module
 */

import {
  readAllowPrivateUpstreams,
  readClientAddressHeader,
  readDatabaseAccess,
  readEncryptionKeySet,
  readPublicUrl,
  readSigningKeySet,
} from "../../../functions/_shared/config.ts";
import { buildCleanUp } from "../../../functions/_shared/database/clean_up.ts";
import { openDatabase } from "../../../functions/_shared/database/open_database.ts";
import { buildSafeFetch } from "../../../functions/_shared/http/safe_fetch.ts";
import { buildFindSource } from "../../../functions/_shared/http/source.ts";
import { writeLog } from "../../../functions/_shared/log.ts";
import { parseEncryptionKeys } from "../../../functions/_shared/secrets/encryption.ts";
import { parseSigningKeys } from "../../../functions/_shared/tokens/signing_keys.ts";
import { keepWorkerRunning } from "../../../functions/_shared/worker.ts";
import { buildGatewayEndpoint } from "../../../functions/mcp/handler.ts";
import type { Exchange } from "../../../functions/mcp/records/exchange.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();
const database = await openDatabase(readDatabaseAccess());
const encryptionKeys = parseEncryptionKeys(readEncryptionKeySet());
const blind: Exchange = {
  seeRequest: () => undefined,
  identify: () => undefined,
  begin: () => undefined,
  noteStatus: () => undefined,
  answer: () => undefined,
  passBytes: () => undefined,
  end: () => undefined,
  fail: () => undefined,
  isOver: () => true,
  tolerate: () => undefined,
};

export default {
  fetch: buildGatewayEndpoint({
    consentUrl: undefined,
    publicUrl: readPublicUrl(),
    database,
    signingKeys: await parseSigningKeys(readSigningKeySet()),
    encryptionKeys,
    findSource: buildFindSource(readClientAddressHeader(), encryptionKeys),
    cleanUp: buildCleanUp({ database, random: Math.random, keepRunning: keepWorkerRunning }),
    openExchange: () => blind,
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
  }),
};
