/**
 * `deno task keys`: prints keys for the functions, ready for an .env file.
 *
 * @module
 */

import { generateEncryptionKeys, generateSigningKeys } from "../local/make_keys.ts";
import { terminal } from "../local/output.ts";

const output = terminal();
output.print(`GATEPOST_SIGNING_KEYS='${await generateSigningKeys()}'`);
output.print(`GATEPOST_ENCRYPTION_KEYS='${generateEncryptionKeys()}'`);
