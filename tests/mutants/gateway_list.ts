/**
 * The defences of the gateway that stand around a call.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

/** Every mutant of what is forwarded and returned. */
export const GATEWAY_MUTANTS: readonly Mutant[] = [
  {
    defence: "a call that passed this gateway is refused when it comes back",
    file: "functions/mcp/forward/loop.ts",
    find: "received !== null &&",
    replace: "false &&",
    tests: ["tests/unit/loop_test.ts"],
  },
  {
    defence: "a server whose address is the gateway is not called",
    file: "functions/mcp/forward/loop.ts",
    find: "if (leadsHere(serverUrl, publicUrl)) {",
    replace: "if (false) {",
    tests: ["tests/unit/loop_test.ts", "tests/attacks/A24_calls_in_a_circle_test.ts"],
  },
  {
    defence: "the mark is known after a rotation of the keys",
    file: "functions/mcp/forward/loop.ts",
    find: "[...encryptionKeys.keys.keys()].map(findMark)",
    replace: "[encryptionKeys.sealing].map(findMark)",
    tests: ["tests/unit/loop_test.ts"],
  },
  {
    defence: "a call goes out with its mark",
    file: "functions/mcp/forward/forward.ts",
    find: "[mark, ...trace(span)]",
    replace: "trace(span)",
    tests: ["tests/attacks/A24_calls_in_a_circle_test.ts"],
  },
  {
    defence: "a call is checked for the mark",
    file: "functions/mcp/handler.ts",
    find: "    await loopGuard.check(request, server.upstream_url);\n",
    replace: "",
    tests: ["tests/attacks/A24_calls_in_a_circle_test.ts"],
  },
  {
    defence: "the platform's token reaches no organization's server",
    file: "functions/mcp/calls.ts",
    find: ' || server.auth_type === "platform_oauth"',
    replace: "",
    tests: ["tests/attacks/A28_platform_token_test.ts"],
  },
  {
    defence: "only named headers of an answer reach the client",
    file: "functions/mcp/forward/headers.ts",
    find: "return RETURNED.has(name) || ",
    replace: "return true || ",
    tests: ["tests/endpoints/mcp_forward_test.ts"],
  },
  {
    defence: "an answer says how it is compressed",
    file: "functions/mcp/forward/headers.ts",
    find: '  "content-encoding",\n',
    replace: "",
    tests: ["tests/endpoints/mcp_forward_test.ts"],
  },
  {
    defence: "the audit says which request it was",
    file: "functions/_shared/database/database.ts",
    find: '.setHeader(REQUEST_ID_HEADER, findRequestId() ?? "")',
    replace: "",
    tests: ["tests/flow/diagnosis_test.ts"],
  },
  {
    defence: "an answer of a gateway before the REST layer is trouble of the moment",
    file: "functions/_shared/database/database.ts",
    find: "if (!isKnown || ",
    replace: "if (!code || ",
    tests: ["tests/unit/database_test.ts"],
  },
  {
    defence: "a login that began and never ended is told",
    file: "supabase/schemas/functions/purge_expired.sql",
    find: "where session.completed_at is null and session.failed_at is null",
    replace: "where false",
    tests: ["tests/flow/diagnosis_test.ts"],
  },
  {
    defence: "a login that ended is not told as abandoned",
    file: "supabase/schemas/functions/purge_expired.sql",
    find: "where session.completed_at is null and session.failed_at is null",
    replace: "",
    tests: ["tests/flow/diagnosis_test.ts"],
  },
  {
    defence: "a document that nobody can log in with is not kept",
    file: "functions/_shared/upstream/discovery.ts",
    find: "if (!document.authorization_endpoint || !document.token_endpoint) {",
    replace: "if (false) {",
    tests: ["tests/unit/discovery_test.ts"],
  },
];
