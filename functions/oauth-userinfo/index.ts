import { readPublicUrl, readSecretAccess, readSigningKeySet } from "../_shared/config.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { writeLog } from "../_shared/log.ts";
import { parseSigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildUserinfoEndpoint } from "./handler.ts";

export default {
  fetch: buildUserinfoEndpoint({
    publicUrl: readPublicUrl(),
    database: connectDatabase(readSecretAccess()),
    signingKeys: await parseSigningKeys(readSigningKeySet()),
    now: Date.now,
    log: writeLog,
  }),
};
