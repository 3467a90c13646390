import { readSigningKeySet } from "../_shared/config.ts";
import { writeLog } from "../_shared/log.ts";
import { parseSigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildJwksEndpoint } from "./handler.ts";

export default {
  fetch: buildJwksEndpoint({
    signingKeys: await parseSigningKeys(readSigningKeySet()),
    now: Date.now,
    log: writeLog,
  }),
};
