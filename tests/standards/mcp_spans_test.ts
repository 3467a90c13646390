/**
 * The spans of gateway calls, by the semantic conventions for MCP
 * (open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md, 2026).
 *
 * @module
 */

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { buildTelemetry } from "../../functions/_shared/telemetry/record.ts";
import { buildGatewayEndpoint } from "../../functions/mcp/handler.ts";
import { NOW } from "../support/functions/dependencies.ts";
import {
  callRequest,
  type Gateway,
  issueGatewayToken,
  sealUpstreamToken,
  withGateway,
} from "../support/mcp_server/gateway_setup.ts";
import { type ReceivedSpan, startCollector } from "../support/telemetry/collector.ts";

type Setup = Parameters<typeof withGateway>;

/** Calls the gateway while it records, and hands over the spans of calls to the MCP server and what that received. */
async function record(
  init: RequestInit,
  { answer = () => Response.json({}), ...setup }: { answer?: Setup[0] } & Setup[2] = {},
): Promise<{ spans: ReceivedSpan[]; sent: (string | undefined)[]; response: Response }> {
  await using collector = startCollector();
  const telemetry = buildTelemetry("mcp", { url: collector.url, headers: [] }, {
    keepRunning: () => undefined,
    logLoss: () => undefined,
  });
  const found: { sent: (string | undefined)[]; response: Response }[] = [];
  await withGateway(answer, async ({ dependencies, received }: Gateway) => {
    const response = await buildGatewayEndpoint({ ...dependencies, telemetry })(
      callRequest(await issueGatewayToken(), init),
    );
    await response.body?.cancel();
    found.push({ response, sent: received.map(({ headers }) => headers["traceparent"]) });
  }, setup);
  await telemetry.flush();
  const [{ response, sent }] = found as [typeof found[0]];
  const spans = collector.spans.filter(({ attributes }) => "server.address" in attributes);
  return { spans, sent, response };
}

const JSON_HEADERS = { "Content-Type": "application/json" };
const CALL = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "add" } });

Deno.test("a call of which nothing is known is a request of HTTP", async () => {
  const { spans, sent } = await record({ body: "no JSON", headers: JSON_HEADERS });

  assertEquals(spans.map(({ name, isError }) => [name, isError]), [["POST", false]]);
  assertEquals(sent, [`00-${spans[0]!.traceId}-${spans[0]!.spanId}-01`]);
});

const RULES = [{ method: "tools/call", name: "delete", scopes: ["write"] }];

for (const scope_rules of [[], RULES]) {
  Deno.test(`a call at a server with ${scope_rules.length} scope rules is named after the tool`, async () => {
    const { spans } = await record({ body: CALL, headers: JSON_HEADERS }, { server: { scope_rules } });

    assertEquals(spans.map(({ name, attributes }) => [name, attributes["gen_ai.tool.name"]]), [
      ["tools/call add", "add"],
    ]);
  });
}

Deno.test("a call in a trace that is not sampled passes it on so, in a span of its own that nobody records", async () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02";

  const { spans, sent } = await record({ headers: { traceparent } });

  assertEquals(spans, []);
  assertMatch(sent[0] ?? "", /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-02$/);
  assertNotEquals(sent[0], traceparent);
});

Deno.test("a call that is made once more with another token is two spans, and each is sent as the parent", async () => {
  const { spans, sent } = await record({}, {
    answer: (_, round) => new Response(null, { status: round === 1 ? 401 : 202 }),
    answers: {
      lease_upstream_refresh: {
        outcome: "fresh",
        access_token_ciphertext: await sealUpstreamToken("another-token"),
        expires_at: new Date(NOW + 3_600_000).toISOString(),
        refreshed_at: new Date(NOW).toISOString(),
      },
    },
  });

  const status = "http.response.status_code";
  assertEquals(spans.map(({ attributes, isError }) => [attributes[status], isError]), [[401, true], [
    202,
    false,
  ]]);
  assertEquals(sent, spans.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`));
});

Deno.test("a call that nobody answers fails its span with the reason, and is named all the same", async () => {
  const { spans, response } = await record(
    { headers: { "Mcp-Method": "tools/call", "Mcp-Name": "add" } },
    { server: { upstream_url: "http://127.0.0.1:1/mcp" } },
  );

  assertEquals(response.status, 503);
  assertEquals(spans.map(({ name, isError, attributes }) => [name, isError, attributes["error.type"]]), [
    ["tools/call add", true, "mcp_server_unreachable"],
  ]);
});
