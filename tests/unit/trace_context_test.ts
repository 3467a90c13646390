/**
 * W3C Trace Context, Recommendation of 23 November 2021, and Level 2 for the flag of random ids.
 *
 * The cases are those of the W3C's own test suite (`w3c/trace-context`, `test/test.py`), by the names of its tests.
 *
 * @module
 */

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  formatTraceparent,
  isTracestate,
  newTraceContext,
  parseTraceparent,
} from "../../functions/_shared/telemetry/trace_context.ts";

const TRACE = "12345678901234567890123456789012";
const PARENT = "1234567890123456";

const VALID: [what: string, traceparent: string, flags: number][] = [
  ["that is sampled", `00-${TRACE}-${PARENT}-01`, 1],
  ["that is not sampled", `00-${TRACE}-${PARENT}-00`, 0],
  ["whose id is random", `00-${TRACE}-${PARENT}-03`, 3],
  ["with flags that nobody knows", `00-${TRACE}-${PARENT}-fc`, 0],
  ["of a later version", `cc-${TRACE}-${PARENT}-01`, 1],
  ["of a later version that says more", `cc-${TRACE}-${PARENT}-01-what-the-future-will-be-like`, 1],
];
for (const [what, traceparent, flags] of VALID) {
  Deno.test(`a traceparent ${what} is valid`, () => {
    assertEquals(parseTraceparent(traceparent), { traceId: TRACE, parentId: PARENT, flags });
  });
}

const MALFORMED: [what: string, traceparent: string][] = [
  ["that is empty", ""],
  ["of version ff", `ff-${TRACE}-${PARENT}-01`],
  ["whose version has an illegal character", `.0-${TRACE}-${PARENT}-01`],
  ["whose version is too long", `000-${TRACE}-${PARENT}-01`],
  ["whose version is too short", `0-${TRACE}-${PARENT}-01`],
  ["of version 00 that says more", `00-${TRACE}-${PARENT}-01-what`],
  ["of version 00 with a dash at its end", `00-${TRACE}-${PARENT}-01-`],
  ["of a later version that goes on without a dash", `cc-${TRACE}-${PARENT}-01.what`],
  ["whose trace is all zeros", `00-${"0".repeat(32)}-${PARENT}-01`],
  ["whose trace has an illegal character", `00-.${TRACE.slice(1)}-${PARENT}-01`],
  ["whose trace is too long", `00-${TRACE}1-${PARENT}-01`],
  ["whose trace is too short", `00-${TRACE.slice(1)}-${PARENT}-01`],
  ["in capitals", `00-${"ABCDEF1234567890".repeat(2)}-${PARENT}-01`],
  ["whose parent is all zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["whose parent has an illegal character", `00-${TRACE}-.${PARENT.slice(1)}-01`],
  ["whose parent is too long", `00-${TRACE}-${PARENT}1-01`],
  ["whose parent is too short", `00-${TRACE}-${PARENT.slice(1)}-01`],
  ["whose flags have an illegal character", `00-${TRACE}-${PARENT}-.0`],
  ["whose flags are too long", `00-${TRACE}-${PARENT}-001`],
  ["whose flags are too short", `00-${TRACE}-${PARENT}-1`],
  ["that two headers gave", `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`],
  ["with a space before it", ` 00-${TRACE}-${PARENT}-01`],
  ["with a line after it", `00-${TRACE}-${PARENT}-01\n`],
];
for (const [what, traceparent] of MALFORMED) {
  Deno.test(`a traceparent ${what} counts as none`, () => {
    assertEquals(parseTraceparent(traceparent), undefined);
  });
}

Deno.test("a trace that begins here is well-formed, sampled and another each time", () => {
  const [first, second] = [newTraceContext(), newTraceContext()];

  assertMatch(formatTraceparent(first), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assertEquals(parseTraceparent(formatTraceparent(first)), first);
  assertNotEquals(first.traceId, second.traceId);
});

const many = (count: number): string =>
  Array.from({ length: count }, (_, index) => `bar${index}=${index}`).join(",");
const STATES: [what: string, tracestate: string, isValid: boolean][] = [
  ["with one member", "foo=1", true],
  ["with two members and spaces between", "foo=1 \t , \t bar=2", true],
  ["with empty members", "foo=1,,,", true],
  ["with every character of a key", "abcdefghijklmnopqrstuvwxyz0123456789_-*/=1", true],
  ["with a tenant's key", "a-tenant@a-vendor=1", true],
  ["with a space in a value", "foo=1 2", true],
  ["with 32 members", many(32), true],
  ["with 33 members", many(33), false],
  ["of 513 characters", `foo=${"1".repeat(200)},bar=${"1".repeat(200)},baz=${"1".repeat(99)}`, false],
  ["of 512 characters", `foo=${"1".repeat(200)},bar=${"1".repeat(200)},baz=${"1".repeat(98)}`, true],
  ["that is empty", "", false],
  ["with a key twice", "foo=1,foo=2", false],
  ["with a key in capitals", "FOO=1", false],
  ["with a space in a key", "fo o=1", false],
  ["with a key of 257 characters", `${"z".repeat(257)}=1`, false],
  ["without a value", "foo=", false],
  ["with an equals sign in a value", "foo=bar=baz", false],
  ["with a character that is not ASCII", "foo=\u00ff", false],
];
for (const [what, tracestate, isValid] of STATES) {
  Deno.test(`a tracestate ${what} is ${isValid ? "valid" : "malformed"}`, () => {
    assertEquals(isTracestate(tracestate), isValid);
  });
}
