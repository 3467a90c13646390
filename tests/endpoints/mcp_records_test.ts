import { assertEquals } from "@std/assert";
import { collectRecords } from "../support/functions/dependencies.ts";
import {
  callRequest,
  type Gateway,
  issueGatewayToken,
  withGateway,
} from "../support/mcp_server/gateway_setup.ts";
import type { CallRecord } from "../../functions/mcp/records/call_record.ts";
import { buildOpenCalls } from "../../functions/mcp/records/open_calls.ts";
import { buildOpenExchange } from "../../functions/mcp/records/exchange.ts";
import { buildServer } from "../support/database/records.ts";
import { until } from "../support/run/until.ts";

/** As this version of Deno types the body of a response. */
type Piece = NonNullable<Response["body"]> extends ReadableStream<infer Bytes> ? Bytes : never;

const encoder = new TextEncoder();
const SESSION = { "Mcp-Session-Id": "session-1" };
const JSON_TYPE = { "Content-Type": "application/json" };

/** A message to `mcp/demo`. */
function send(token: string | undefined, message: unknown, headers: Record<string, string> = {}): Request {
  return callRequest(token, {
    body: JSON.stringify(message),
    headers: { ...JSON_TYPE, ...SESSION, ...headers },
  });
}

function toolCall(id: unknown, name: string): Record<string, unknown> {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: { a: 1 } } };
}

function brief(recorded: CallRecord[]): [name: string | null, outcome: string][] {
  return recorded.map(({ name, method, outcome }) => [name ?? method, outcome]);
}

async function finish({ handle }: Gateway, request: Request): Promise<void> {
  await (await handle(request)).arrayBuffer();
}

Deno.test("a call is recorded with who called, in which session, with what, and how much passed", async () => {
  const answer = { jsonrpc: "2.0", id: 1, result: { content: [] } };
  await withGateway((request) => request.json().then(() => Response.json(answer)), async (gateway) => {
    const token = await issueGatewayToken({ subject: "mcpu_caller", clientId: "client-7" });

    await finish(gateway, send(token, toolCall(1, "add")));

    const [{ startedAt, ...record } = {}, ...others] = gateway.dependencies.recorded;
    assertEquals([startedAt, others], [gateway.dependencies.now(), []]);
    assertEquals(record, {
      organizationId: "org_1",
      serverId: "mcps_1",
      userId: "mcpu_caller",
      clientId: "client-7",
      mcpSessionId: "session-1",
      method: "tools/call",
      name: "add",
      clientInfo: null,
      milliseconds: 0,
      outcome: "ok",
      errorCode: null,
      httpStatus: 200,
      bytesIn: JSON.stringify(toolCall(1, "add")).length,
      bytesOut: JSON.stringify(answer).length,
      arguments: null,
      result: null,
    });
  });
});

Deno.test("an initialize is recorded with what the client says of itself", async () => {
  await withGateway(() => Response.json({ id: 0, result: {} }), async (gateway) => {
    const params = { clientInfo: { name: "client\u0000 x", version: "1.2" } };

    await finish(gateway, send(await issueGatewayToken(), { id: 0, method: "initialize", params }));

    assertEquals(gateway.dependencies.recorded.map(({ clientInfo }) => clientInfo), [
      { name: "client x", version: "1.2" },
    ]);
  });
});

Deno.test("a call that lacks a scope is recorded as refused, by its name, and the MCP server sees nothing", async () => {
  const policies = [
    { scope_rules: [{ method: "tools/call", name: "delete*", scopes: ["admin"] }] },
    { required_scopes: ["admin"] },
  ];
  for (const server of policies) {
    await withGateway(() => Response.json({}), async (gateway) => {
      const call = toolCall(1, "delete_all");
      const length = { "Content-Length": `${JSON.stringify(call).length}` };
      const response = await gateway.handle(send(await issueGatewayToken(), call, length));

      assertEquals([response.status, gateway.received.length], [403, 0]);
      assertEquals(
        gateway.dependencies.recorded.map((
          { name, outcome, httpStatus, userId },
        ) => [name, outcome, httpStatus, userId]),
        [
          ["delete_all", "refused", 403, "mcpu_abcdefghijkl"],
        ],
      );
    }, { server });
  }
});

Deno.test("a call without a valid token is recorded by nobody", async () => {
  await withGateway(() => Response.json({}), async (gateway) => {
    await finish(gateway, send(undefined, toolCall(1, "add")));
    await finish(gateway, send("forged", toolCall(1, "add")));

    assertEquals(gateway.dependencies.recorded, []);
  });
});

Deno.test("calls without sign-in are recorded, of a visitor and of somebody nobody knows", async () => {
  const answers = {
    open_anonymous_call: { outcome: "tracked", organization_id: "org_1", mcp_server_user_id: "mcpu_visitor" },
  };
  await withGateway(() => Response.json({ id: 1, result: {} }), async (gateway) => {
    await finish(gateway, send(undefined, toolCall(1, "add"), { "Gatepost-Tracking-Id": "visitor-1" }));
    const body = JSON.stringify(toolCall(1, "add"));
    await finish(gateway, callRequest(undefined, { body, headers: JSON_TYPE }));

    assertEquals(
      gateway.dependencies.recorded.map(({ userId, clientId, outcome }) => [userId, clientId, outcome]),
      [
        ["mcpu_visitor", null, "ok"],
        [null, null, "ok"],
      ],
    );
  }, { server: { auth_type: "none" }, answers });
});

Deno.test("an answer that comes on the stream of the session ends the call that waits for it", async () => {
  const { promise: waiting, resolve: startAnswering } = Promise.withResolvers<void>();
  const answer = async (request: Request): Promise<Response> => {
    if (request.method === "POST") {
      await request.arrayBuffer();
      return new Response(null, { status: 202 });
    }
    return new Response(
      new ReadableStream({
        async start(controller): Promise<void> {
          await waiting;
          controller.enqueue(
            encoder.encode('data: {"id":9,"result":{}}\n\ndata: {"id":1,"result":{"isError":true}}\n\n'),
          );
          controller.close();
        },
      }),
      { headers: { "Content-Type": "text/event-stream" } },
    );
  };
  await withGateway(answer, async (gateway) => {
    const token = await issueGatewayToken();
    const stranger = await issueGatewayToken({ subject: "mcpu_somebodyelse" });
    const listen = (bearer: string): Request =>
      callRequest(bearer, {
        method: "GET",
        body: null,
        headers: { Accept: "text/event-stream", ...SESSION },
      });

    const stream = await gateway.handle(listen(token));
    const foreign = await gateway.handle(listen(stranger));
    await finish(gateway, send(token, toolCall(1, "add")));
    const before = brief(gateway.dependencies.recorded);
    startAnswering();
    await foreign.text();
    const meanwhile = brief(gateway.dependencies.recorded);
    const events = await stream.text();

    assertEquals([before, meanwhile, brief(gateway.dependencies.recorded)], [[], [], [[
      "add",
      "tool_error",
    ]]]);
    assertEquals(events.split("\n\n").length, 3);
  });
});

Deno.test("a call that the client takes back is recorded as cancelled at once; another user's is not", async () => {
  const held: ReadableStreamDefaultController<Uint8Array>[] = [];
  const answer = async (request: Request): Promise<Response> => {
    const { method } = await request.json();
    if (method !== "tools/call") {
      return new Response(null, { status: 202 });
    }
    const body = new ReadableStream<Piece>({
      start: (controller) => void held.push(controller),
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  };
  await withGateway(answer, async (gateway) => {
    const token = await issueGatewayToken();
    const stranger = await issueGatewayToken({ subject: "mcpu_somebodyelse" });
    const cancel = { method: "notifications/cancelled", params: { requestId: 1 } };
    const response = await gateway.handle(send(token, toolCall(1, "wait")));

    await finish(gateway, send(stranger, cancel));
    await finish(gateway, send(token, cancel, { "Mcp-Session-Id": "session-2" }));
    const before = brief(gateway.dependencies.recorded);
    await finish(gateway, send(token, cancel));
    held.forEach((controller) => {
      controller.enqueue(encoder.encode('data: {"id":1,"result":{}}\n\n'));
      controller.close();
    });
    await response.text();

    const noted: [string, string] = ["notifications/cancelled", "ok"];
    assertEquals(before, [noted, noted]);
    assertEquals(brief(gateway.dependencies.recorded), [noted, noted, ["wait", "cancelled"], noted]);
  });
});

Deno.test("a client that goes away closes the connection to the MCP server, and its call is cancelled", async () => {
  let isGone = false;
  const answer = (): Response =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(encoder.encode(": begun\n\n")),
        cancel: () => {
          isGone = true;
        },
      }),
      { headers: { "Content-Type": "text/event-stream" } },
    );
  await withGateway(answer, async (gateway) => {
    const response = await gateway.handle(send(await issueGatewayToken(), toolCall(1, "wait")));
    const reader = response.body!.getReader();
    await reader.read();
    // One piece was read, and the next is being waited for.
    const next = reader.read();

    await reader.cancel();

    await until("the connection to the MCP server is closed", () => Promise.resolve(isGone));
    assertEquals([(await next).done, brief(gateway.dependencies.recorded)], [true, [["wait", "cancelled"]]]);
  });
});

Deno.test("an answer that breaks off breaks off for the client as well, and its call is unanswered", async () => {
  const { promise: hasRead, resolve: read } = Promise.withResolvers<void>();
  const answer = (): Response =>
    new Response(
      new ReadableStream({
        start: async (controller): Promise<void> => {
          controller.enqueue(encoder.encode('data: {"id":1,"res'));
          await hasRead;
          controller.error(new Error("The MCP server fails"));
        },
      }),
      { headers: { "Content-Type": "text/event-stream" } },
    );
  await withGateway(answer, async (gateway) => {
    const response = await gateway.handle(send(await issueGatewayToken(), toolCall(1, "add")));
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    read();
    const failure = await reader.read().then(() => undefined, (error) => error);

    assertEquals([new TextDecoder().decode(value), failure instanceof Error], ['data: {"id":1,"res', true]);
    assertEquals(brief(gateway.dependencies.recorded), [["add", "unanswered"]]);
  });
});

Deno.test("a request that streams is recorded as one that is read whole", async () => {
  const text = "x".repeat(300_000);
  await withGateway(
    (request) => request.json().then(() => Response.json({ id: 1, result: {} })),
    async (gateway) => {
      const body = JSON.stringify({ ...toolCall(1, "add"), text });
      const pieces = encoder.encode(body);
      const stream = new ReadableStream<Piece>({
        start: (controller) => {
          for (let at = 0; at < pieces.length; at += 10_000) {
            controller.enqueue(pieces.slice(at, at + 10_000));
          }
          controller.close();
        },
      });

      await finish(
        gateway,
        callRequest(await issueGatewayToken(), { body: stream, headers: { ...JSON_TYPE, ...SESSION } }),
      );

      assertEquals(
        gateway.dependencies.recorded.map(({ name, outcome, bytesIn }) => [name, outcome, bytesIn]),
        [
          ["add", "ok", body.length],
        ],
      );
    },
  );
});

Deno.test("the MCP server's 401 that no other token helps is an HTTP error", async () => {
  await withGateway(() => new Response(null, { status: 401 }), async (gateway) => {
    await finish(gateway, send(undefined, toolCall(1, "add")));

    assertEquals(gateway.dependencies.recorded.map(({ outcome, httpStatus }) => [outcome, httpStatus]), [[
      "http_error",
      401,
    ]]);
  }, {
    server: { auth_type: "none" },
    answers: { open_anonymous_call: { outcome: "known" } },
  });
});

Deno.test("calls that wait for an answer on another stream are given up after five minutes, or when there are too many", () => {
  const { recorder, recorded } = collectRecords();
  let time = 0;
  const now = (): number => time;
  const openCalls = buildOpenCalls(now);
  const open = buildOpenExchange({ recorder, openCalls, now });
  const call = (id: number): void => {
    const exchange = open(send(undefined, {}), buildServer());
    exchange.identify({ userId: "mcpu_1", clientId: null });
    exchange.seeRequest(encoder.encode(JSON.stringify(toolCall(id, `${id}`))), true);
    exchange.begin([]);
    exchange.answer({ status: 202, kind: "none", declaredBytes: 0 });
  };

  for (let id = 0; id < 501; id++) {
    call(id);
  }
  const crowded = brief(recorded);
  time = 5 * 60_000;
  call(501);
  const late = recorded.length;
  openCalls.endAll();

  assertEquals([crowded, late, recorded.length], [[["0", "unanswered"]], 501, 502]);
});
