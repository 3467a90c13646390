import { readCollectorAccess, readSigningKeySet } from "../_shared/config.ts";
import { writeLog } from "../_shared/log.ts";
import { openTelemetry } from "../_shared/telemetry/open_telemetry.ts";
import { parseSigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildJwksEndpoint } from "./handler.ts";

export default {
  fetch: buildJwksEndpoint({
    signingKeys: await parseSigningKeys(readSigningKeySet()),
    now: Date.now,
    log: writeLog,
    telemetry: await openTelemetry("oauth-jwks", readCollectorAccess()),
  }),
};
