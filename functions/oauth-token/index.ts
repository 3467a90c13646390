import {
  readAllowPrivateUpstreams,
  readPublicUrl,
  readSecretAccess,
  readSigningKeySet,
} from "../_shared/config.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { buildSafeFetch } from "../_shared/http/safe_fetch.ts";
import { writeLog } from "../_shared/log.ts";
import { parseSigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildTokenEndpoint } from "./handler.ts";

const allowPrivateUpstreams = readAllowPrivateUpstreams();

export default {
  fetch: buildTokenEndpoint({
    publicUrl: readPublicUrl(),
    database: connectDatabase(readSecretAccess()),
    signingKeys: await parseSigningKeys(readSigningKeySet()),
    safeFetch: buildSafeFetch({ allowPrivateUpstreams }),
    allowPrivateUpstreams,
    now: Date.now,
    log: writeLog,
  }),
};
