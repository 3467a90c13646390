import { assertEquals } from "@std/assert";
import { buildOpenExchange } from "../../functions/mcp/records/exchange.ts";
import { buildOpenCalls } from "../../functions/mcp/records/open_calls.ts";
import { watchAnswer } from "../../functions/mcp/records/watched_answer.ts";
import { buildServer } from "../support/database/records.ts";
import { collectRecords } from "../support/functions/dependencies.ts";

const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}}';

Deno.test("a client that goes away while the MCP server is read closes that connection at once", async () => {
  const { recorder, recorded } = collectRecords();
  const now = (): number => 0;
  const request = new Request("http://edge/mcp/demo", { method: "POST" });
  const exchange = buildOpenExchange({ recorder, openCalls: buildOpenCalls(now), now })(
    request,
    buildServer(),
  );
  exchange.seeRequest(new TextEncoder().encode(CALL), true);
  exchange.begin([]);
  let closed = 0;
  const silent = new ReadableStream({ type: "bytes" });
  const response = new Response(silent, { headers: { "Content-Type": "text/event-stream" } });
  const connection = { signal: request.signal, close: () => void closed++ };

  const reader = (await watchAnswer(response, exchange, connection) as ReadableStream).getReader();
  const next = reader.read();
  const before = closed;
  await reader.cancel();

  assertEquals([before, closed, (await next).done], [0, 1, true]);
  assertEquals(recorded.map(({ name, outcome }) => [name, outcome]), [["wait", "cancelled"]]);
});
