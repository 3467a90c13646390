/**
 * A login, a refresh and a call through a stack that records, and what a collector reads of them.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { connect } from "../support/client/mcp_client.ts";
import { postMessage } from "../support/client/mcp_client.ts";
import { ADDRESS, findIn, leaveEverything } from "../support/stack/everything.ts";
import { expireUpstreamToken, refreshLogin, setGatewayScene } from "../support/stack/gateway_scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { type ReceivedSpan, type ReceivedSum, startCollector } from "../support/telemetry/collector.ts";

const collector = startCollector();
const stack = await useStack("own", {
  env: { GATEPOST_OTLP_ENDPOINT: collector.url, GATEPOST_OTLP_HEADERS: "x-api-key=of%20the%20collector" },
});
Deno.test.afterAll(() => collector[Symbol.asyncDispose]());

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const TOOL_CALL = {
  id: 7,
  method: "tools/call",
  params: { name: "whoami", arguments: { of: "the-argument" } },
};

/** The value of a sum, over all workers. */
function add(sums: ReceivedSum[], name: string, attributes: Record<string, string>): number {
  return sums
    .filter((sum) =>
      sum.name === name && Object.entries(attributes).every(([key, value]) => sum.attributes[key] === value)
    )
    .reduce((total, { value }) => total + value, 0);
}

/** The only span with a name, below another. */
function child(spans: ReceivedSpan[], parent: ReceivedSpan, name: string): ReceivedSpan {
  const found = spans.filter((span) => span.parentSpanId === parent.spanId && span.name === name);
  assertEquals(found.length, 1, `${name} below ${parent.name}: ${spans.map((span) => span.name)}`);
  assertEquals(found[0]!.traceId, parent.traceId);
  return found[0]!;
}

/** The whole trace of a request to an endpoint, once its span has arrived; it is the last of them. */
async function waitForTrace(
  name: string,
  fits: (span: ReceivedSpan) => boolean = () => true,
): Promise<[ReceivedSpan, ReceivedSpan[]]> {
  const [root] = await collector.waitForSpans((span) => span.name === name && fits(span));
  return [root!, collector.spans.filter(({ traceId }) => traceId === root!.traceId)];
}

Deno.test("a login, a refresh and a call are traces of endpoints, providers, the database and the MCP server", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene);
  const ofThisServer = ({ attributes }: ReceivedSpan): boolean =>
    attributes["gatepost.server"] === scene.tenant.slug;

  const called = await postMessage(scene.tenant.mcpUrl, scene.accessToken, TOOL_CALL, {
    "traceparent": `00-${TRACE}-${PARENT}-01`,
    "tracestate": "vendor=value",
    "MCP-Protocol-Version": "2025-11-25",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "whoami",
  });
  await called.body?.cancel();
  const refreshed = await refreshLogin(scene);

  assertEquals([called.status, refreshed.status], [200, 200]);
  const [call, callSpans] = await waitForTrace("POST /mcp/{slug}", (span) => span.traceId === TRACE);
  assertEquals([call.parentSpanId, call.kind, call.resource["faas.name"]], [PARENT, "server", "mcp"]);
  assertEquals(call.attributes["gatepost.request_id"], called.headers.get("X-Request-Id"));
  const tool = child(callSpans, call, "tools/call whoami");
  const { "server.port": port, ...said } = tool.attributes;
  assertEquals([tool.kind, tool.isError, port, said], ["client", false, Number(new URL(scene.mcp.url).port), {
    "http.request.method": "POST",
    "http.response.status_code": 200,
    "server.address": "127.0.0.1",
    "mcp.method.name": "tools/call",
    "mcp.protocol.version": "2025-11-25",
    "gen_ai.tool.name": "whoami",
    "gen_ai.operation.name": "execute_tool",
  }]);
  const [{ headers }] = scene.mcp.received as [typeof scene.mcp.received[0]];
  assertEquals([headers.get("traceparent"), headers.get("tracestate")], [
    `00-${TRACE}-${tool.spanId}-01`,
    "vendor=value",
  ]);
  assertEquals(child(callSpans, call, "open_mcp_call").attributes, {
    "db.system.name": "postgresql",
    "db.stored_procedure.name": "open_mcp_call",
    "gatepost.outcome": "open",
  });
  const renewal = callSpans.filter(({ attributes }) => attributes["gatepost.upstream.step"] === "refresh");
  assertEquals(renewal.map(({ name, parentSpanId }) => [name, parentSpanId]), [["POST", call.spanId]]);

  const [callback, loginSpans] = await waitForTrace("GET /oauth-callback/{organization}", ofThisServer);
  assertEquals(callback.attributes["gatepost.outcome"], "ok");
  child(loginSpans, callback, "claim_authorization_session");
  child(loginSpans, callback, "complete_authorization");
  const steps = loginSpans.map(({ attributes }) => attributes["gatepost.upstream.step"]).filter(Boolean);
  assert(steps.includes("token") && steps.includes("keys"), `${steps}`);

  const [refresh, refreshSpans] = await waitForTrace(
    "POST /oauth-token/{slug}",
    (span) =>
      ofThisServer(span) &&
      collector.spans.some(({ name, parentSpanId }) =>
        name === "rotate_refresh_token" && parentSpanId === span.spanId
      ),
  );
  assertEquals(
    child(refreshSpans, refresh, "rotate_refresh_token").attributes["gatepost.outcome"],
    "rotated",
  );

  const ok = { "gatepost.outcome": "ok" };
  const counters = [
    "gatepost.logins",
    "gatepost.token.refreshes",
    "gatepost.upstream.refreshes",
    "gatepost.gateway.calls",
  ];
  const sums = await collector.waitForSums((sums) => counters.every((name) => add(sums, name, ok) > 0));
  assertEquals(counters.map((name) => [name, add(sums, name, ok)]), counters.map((name) => [name, 1]));
  assertEquals(add(sums, "gatepost.gateway.calls", { "gatepost.outcome": "token_missing" }), 1);
  assert(sums.every(({ isMonotonic, isCumulative }) => isMonotonic && isCumulative));
  const log = await stack.readLog();
  assertStringIncludes(log, `"trace_id":"${TRACE}"`);
  assert(collector.received.every(({ headers }) => headers.get("x-api-key") === "of the collector"));
});

Deno.test("a provider that fails is counted by step, reason and problem", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene);
  scene.provider.program({ faults: { token: { kind: "json", status: 503, body: {} } } });

  const response = await scene.call();
  await response.body?.cancel();

  const failure = {
    "gatepost.upstream.step": "refresh",
    "error.type": "upstream_unavailable",
    "gatepost.upstream.problem": "refused",
  };
  assertEquals(response.status, 503);
  const [call] = await waitForTrace(
    "POST /mcp/{slug}",
    ({ attributes }) => attributes["gatepost.request_id"] === response.headers.get("X-Request-Id"),
  );
  assertEquals([call.isError, call.attributes["error.type"]], [true, "upstream_unavailable"]);
  const sums = await collector.waitForSums((sums) => add(sums, "gatepost.upstream.failures", failure) > 0);
  assertEquals(add(sums, "gatepost.upstream.refreshes", { "gatepost.outcome": "upstream_unavailable" }), 1);
});

Deno.test("no token, code, secret, state, verifier, cookie or address of a login is in any byte that goes out", async () => {
  const secrets = await leaveEverything(stack);
  secrets.set("address", ADDRESS);

  await waitForEverything();
  const sent = collector.received.map(({ bytes }) => new TextDecoder("latin1").decode(bytes)).join("\n");
  assertMatch(sent, /complete_authorization/);
  assertEquals(findIn(sent, secrets), []);
  assertEquals(sent.includes("the-argument"), false);
});

Deno.test("people log in while the collector is in trouble", async () => {
  collector.answerWith(() => new Response(null, { status: 503 }));

  const client = await connect(stack.status.MCP_URL, { userName: "ada" });

  assertEquals(typeof client.tokens.access_token, "string");
  collector.answerWith(() => new Response());
});

/** Waits for the last spans of each function that `leaveEverything` called: each sends by itself. */
async function waitForEverything(): Promise<void> {
  const [converged] = await collector.waitForSpans(({ name, attributes }) =>
    name === "rotate_refresh_token" && attributes["gatepost.outcome"] === "converged"
  );
  const [grant] = await collector.waitForSpans(({ spanId }) => spanId === converged!.parentSpanId);
  const isOfServer = ({ attributes }: ReceivedSpan): boolean =>
    attributes["gatepost.server"] === grant!.attributes["gatepost.server"];
  const ends = (outcome: string) => (span: ReceivedSpan): boolean =>
    isOfServer(span) && span.attributes["gatepost.outcome"] === outcome;
  await collector.waitForSpans((span) => span.resource["faas.name"] === "mcp" && ends("ok")(span), 2);
  await collector.waitForSpans(ends("upstream_refused"));
  await collector.waitForSpans(ends("consent_denied"));
}
