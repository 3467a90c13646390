/**
 * The defences of traces and of what is recorded.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const RECORDED = ["tests/standards/open_telemetry_test.ts"];

/** Every mutant of traces and of what is recorded. */
export const TELEMETRY_MUTANTS: readonly Mutant[] = [
  {
    defence: "a trace of zeros is none",
    file: "functions/_shared/telemetry/trace_context.ts",
    find: "isMalformed || /^0+$/.test(traceId) || /^0+$/.test(parentId)",
    replace: "isMalformed",
    tests: ["tests/unit/trace_context_test.ts"],
  },
  {
    defence: "a malformed trace does not reach the MCP server",
    file: "functions/mcp/forward/trace.ts",
    find: "parseTraceparent(given) !== undefined",
    replace: 'given !== ""',
    tests: ["tests/endpoints/mcp_trace_test.ts"],
  },
  {
    defence: "the state of a trace passes only with the trace",
    file: "functions/mcp/forward/trace.ts",
    find: 'isValid ? received.get("tracestate") ?? "" : ""',
    replace: 'received.get("tracestate") ?? ""',
    tests: ["tests/endpoints/mcp_trace_test.ts"],
  },
  {
    defence: "the state of a trace passes only when it is well-formed",
    file: "functions/mcp/forward/trace.ts",
    find: 'tracestate !== "" && isTracestate(tracestate)',
    replace: 'tracestate !== ""',
    tests: ["tests/endpoints/mcp_trace_test.ts"],
  },
  {
    defence: "the caller's own headers of a trace do not pass beside those that were checked",
    file: "functions/mcp/forward/headers.ts",
    find: '  "tracestate",\n',
    replace: "",
    tests: ["tests/endpoints/mcp_trace_test.ts"],
  },
  {
    defence: "a caller's trace that is not sampled is not recorded",
    file: "functions/_shared/telemetry/record.ts",
    find: "new ParentBasedSampler({ root: new AlwaysOnSampler() })",
    replace: "new AlwaysOnSampler()",
    tests: RECORDED,
  },
  {
    defence: "a span has no query and no path of a provider",
    file: "functions/_shared/telemetry/telemetry.ts",
    find: '"server.port":',
    replace: '"url.full": url, "server.port":',
    tests: [...RECORDED, "tests/flow/telemetry_test.ts"],
  },
  {
    defence: "a method that nobody knows is not repeated",
    file: "functions/_shared/telemetry/request_span.ts",
    find: 'METHODS.includes(request.method) ? request.method : "_OTHER"',
    replace: "request.method",
    tests: RECORDED,
  },
  {
    defence: "a name that is no name stays out of a span",
    file: "functions/mcp/called.ts",
    find: 'NAME.test(called.name ?? "")',
    replace: "true",
    tests: ["tests/unit/called_test.ts"],
  },
  {
    defence: "a method that is none stays out of a span",
    file: "functions/mcp/called.ts",
    find: 'METHOD.test(called.method ?? "")',
    replace: "true",
    tests: ["tests/unit/called_test.ts"],
  },
  {
    defence: "an attribute is bounded",
    file: "functions/_shared/telemetry/record.ts",
    find: "    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_CHARACTERS },\n",
    replace: "",
    tests: RECORDED,
  },
  {
    defence: "what waits for the collector is bounded",
    file: "functions/_shared/telemetry/outbox.ts",
    find: "waiting.length + returned.length >= MAX_WAITING",
    replace: "false",
    tests: ["tests/unit/outbox_test.ts"],
  },
  {
    defence: "losses are said once a minute",
    file: "functions/_shared/telemetry/outbox.ts",
    find: " && now() - loggedAt >= LOG_MILLISECONDS",
    replace: "",
    tests: ["tests/unit/outbox_test.ts"],
  },
  {
    defence: "the collector's keys do not follow a redirect",
    file: "functions/_shared/telemetry/record.ts",
    find: '      redirect: "manual",\n',
    replace: "",
    tests: RECORDED,
  },
  {
    defence: "the collector's keys do not go over a network in the clear",
    file: "functions/_shared/config.ts",
    find: 'headers.length > 0 && url.protocol === "http:"',
    replace: "false",
    tests: ["tests/unit/config_test.ts"],
  },
];
