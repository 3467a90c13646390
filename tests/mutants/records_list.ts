/**
 * The defences of the gateway's records: what they may hold, what they may cost, and that no call waits for them.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const RECORDS = "functions/mcp/records";
const SCANNER_TEST = "tests/unit/message_scanner_test.ts";
const REDACTION_TEST = "tests/unit/redaction_test.ts";
const BUFFER_TEST = "tests/unit/record_buffer_test.ts";
const RECORDS_TEST = "tests/endpoints/mcp_records_test.ts";
const HOSTILE = "tests/attacks/A42_hostile_messages_test.ts";
const SECRETS = "tests/attacks/A43_recorded_secrets_test.ts";

/** The mutants of these defences. */
export const RECORDS_MUTANTS: readonly Mutant[] = [
  {
    defence: "of a text that passes so much is kept as is asked for",
    file: `${RECORDS}/capture.ts`,
    find: "const end = Math.min(to, from + maxBytes - kept);",
    replace: "const end = to;",
    tests: [SCANNER_TEST],
  },
  {
    defence: "of a batch so many calls are recorded",
    file: `${RECORDS}/exchange.ts`,
    find: "if (count === MAX_CALLS) {",
    replace: "if (false) {",
    tests: [HOSTILE],
  },
  {
    defence: "a text that ends in the middle of a message does not spoil the next one",
    file: `${RECORDS}/message_scanner.ts`,
    find: "      reset();\n      if (isBroken) {",
    replace: "      if (isBroken) {",
    tests: [SCANNER_TEST],
  },
  {
    defence: "a batch that cannot be stored is not sent for ever",
    file: `${RECORDS}/record_buffer.ts`,
    find: "if (cause instanceof OAuthError) {",
    replace: "if (true) {",
    tests: [BUFFER_TEST],
  },
  {
    defence: "records that wait are bounded in number",
    file: `${RECORDS}/record_buffer.ts`,
    find: "waiting.length > MAX_RECORDS || ",
    replace: "",
    tests: [BUFFER_TEST],
  },
  {
    defence: "records that wait are bounded in size",
    file: `${RECORDS}/record_buffer.ts`,
    find: " || characters > MAX_CHARACTERS",
    replace: "",
    tests: [BUFFER_TEST],
  },
  {
    defence: "an organization that fills the buffer loses its own records",
    file: `${RECORDS}/record_buffer.ts`,
    find: "share > (shares.get(largest) ?? 0) ? organizationId : largest",
    replace: "largest || organizationId",
    tests: [BUFFER_TEST],
  },
  {
    defence: "the worker is kept alive until its records are sent",
    file: `${RECORDS}/record_buffer.ts`,
    find: "      keepRunning(emptied.promise);\n",
    replace: "",
    tests: [BUFFER_TEST],
  },
  {
    defence: "NUL and half characters do not reach the database",
    file: `${RECORDS}/texts.ts`,
    find: 'return text.toWellFormed().replaceAll("\\0", "");',
    replace: "return text;",
    tests: [HOSTILE],
  },
  {
    defence: "members with secret names are left out",
    file: `${RECORDS}/payload.ts`,
    find: '|| (typeof place === "string" && isSecretName(place))',
    replace: "",
    tests: [REDACTION_TEST],
  },
  {
    defence: "secret names are found in any case and with any separators",
    file: `${RECORDS}/redaction.ts`,
    find: '.toLowerCase().replace(/[^\\p{L}\\p{N}]/gu, "")',
    replace: "",
    tests: [REDACTION_TEST],
  },
  {
    defence: "what stands at a redacted path is left out",
    file: `${RECORDS}/payload.ts`,
    find: "followed === undefined ||",
    replace: "",
    tests: [REDACTION_TEST],
  },
  {
    defence: "the tokens of a call are left out wherever they stand",
    file: `${RECORDS}/redaction.ts`,
    find: "redacted = redacted.replaceAll(secret, REDACTED);",
    replace: "",
    tests: [REDACTION_TEST],
  },
  {
    defence: "a name has no token in it",
    file: `${RECORDS}/describe_message.ts`,
    find: "toShort(redactKnown(name, secrets), MAX_NAME_CHARACTERS)",
    replace: "toShort(name, MAX_NAME_CHARACTERS)",
    tests: [SECRETS],
  },
  {
    defence: "payloads are recorded only where the server says so",
    file: `${RECORDS}/exchange.ts`,
    find: 'server.record_payloads !== "none"',
    replace: "true",
    tests: [RECORDS_TEST],
  },
  {
    defence: "an answer or a cancellation counts for the calls of the same user and session only",
    file: `${RECORDS}/exchange.ts`,
    find: "JSON.stringify([server.id, proven.userId, mcpSessionId])",
    replace: "JSON.stringify([server.id])",
    tests: [RECORDS_TEST],
  },
  {
    defence: "calls that wait for another stream are bounded in number",
    file: `${RECORDS}/open_calls.ts`,
    find: " && parked.size <= MAX_PARKED",
    replace: "",
    tests: [RECORDS_TEST],
  },
  {
    defence: "a client that goes away closes the connection to the MCP server while it is being read",
    file: `${RECORDS}/watched_answer.ts`,
    find: '    look.end("cancelled");\n    close();\n',
    replace: '    look.end("cancelled");\n',
    tests: ["tests/unit/watched_answer_test.ts"],
  },
  {
    defence: "a client that goes away before its answer is read closes the connection to the MCP server",
    file: `${RECORDS}/watched_answer.ts`,
    find: "const release = onAbort(signal, giveUp);",
    replace: "const release = (): void => undefined;",
    tests: ["tests/unit/watched_answer_test.ts"],
  },
  {
    defence: "a client that goes away closes the connection whose answer nobody looks at",
    file: `${RECORDS}/watched_answer.ts`,
    find: "    onAbort(signal, close);\n    return response.body;",
    replace: "    return response.body;",
    tests: ["tests/unit/watched_answer_test.ts"],
  },
  {
    defence: "a call that a scope rule refuses is recorded",
    file: "functions/mcp/handler.ts",
    find: "      exchange.fail(thrown);\n",
    replace: "",
    tests: [RECORDS_TEST],
  },
];
