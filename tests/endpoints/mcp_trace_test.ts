/**
 * W3C Trace Context through the gateway, where nothing is recorded.
 *
 * @module
 */

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { NOW } from "../support/functions/dependencies.ts";
import {
  callRequest,
  issueGatewayToken,
  sealUpstreamToken,
  withGateway,
} from "../support/mcp_server/gateway_setup.ts";

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
const TRACESTATE = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7";

/** What the MCP server receives of the two headers. */
async function pass(sent: Record<string, string>): Promise<(string | undefined)[]> {
  let passed: (string | undefined)[] = [];
  await withGateway(() => new Response(null, { status: 202 }), async ({ handle, received }) => {
    const response = await handle(callRequest(await issueGatewayToken(), { headers: sent }));
    await response.body?.cancel();
    passed = ["traceparent", "tracestate"].map((name) => received[0]!.headers[name]);
  });
  return passed;
}

Deno.test("POST /mcp passes a trace on as it is, also one that is not sampled", async () => {
  const passed = await pass({ traceparent: TRACEPARENT, tracestate: TRACESTATE });

  assertEquals(passed, [TRACEPARENT, TRACESTATE]);
});

Deno.test("POST /mcp passes a trace of a later version on as it is", async () => {
  const later = `${TRACEPARENT.replace("00", "cc")}-more`;

  assertEquals(await pass({ traceparent: later }), [later, undefined]);
});

Deno.test("POST /mcp begins a trace where the call is in none", async () => {
  const [first] = await pass({});
  const [second] = await pass({});

  assertMatch(first ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assertNotEquals(first, second);
});

const REPLACED: [what: string, sent: Record<string, string>][] = [
  ["a malformed trace", {
    traceparent: TRACEPARENT.toUpperCase().replace("00", "0x"),
    tracestate: TRACESTATE,
  }],
  ["two traces at once", { traceparent: `${TRACEPARENT}, ${TRACEPARENT}`, tracestate: TRACESTATE }],
  ["a state without a trace", { tracestate: TRACESTATE }],
];
for (const [what, sent] of REPLACED) {
  Deno.test(`POST /mcp replaces ${what}, with its state`, async () => {
    const [traceparent, tracestate] = await pass(sent);

    assertMatch(traceparent ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assertEquals(traceparent?.includes("4bf92f3577b34da6a3ce929d0e0e4736"), false);
    assertEquals(tracestate, undefined);
  });
}

Deno.test("POST /mcp leaves a malformed state behind, and passes its trace on", async () => {
  const passed = await pass({ traceparent: TRACEPARENT, tracestate: "Congo=t61rcWkgMzE" });

  assertEquals(passed, [TRACEPARENT, undefined]);
});

Deno.test("POST /mcp sends a call that it repeats with another token in the same trace", async () => {
  const answer = (_: Request, round: number): Response =>
    new Response(null, { status: round === 1 ? 401 : 202 });
  const lease_upstream_refresh = {
    outcome: "fresh",
    access_token_ciphertext: await sealUpstreamToken("another-token"),
    expires_at: new Date(NOW + 3_600_000).toISOString(),
    refreshed_at: new Date(NOW).toISOString(),
  };
  await withGateway(answer, async ({ handle, received }) => {
    const response = await handle(callRequest(await issueGatewayToken()));
    await response.body?.cancel();

    const [first, second] = received.map(({ headers }) => headers["traceparent"]);
    assertEquals([response.status, second], [202, first]);
    assertMatch(first ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  }, { answers: { lease_upstream_refresh } });
});
