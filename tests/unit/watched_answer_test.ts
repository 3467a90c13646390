import { assertEquals, assertRejects } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { buildOpenExchange } from "../../functions/mcp/records/exchange.ts";
import { buildOpenCalls } from "../../functions/mcp/records/open_calls.ts";
import { watchAnswer } from "../../functions/mcp/records/watched_answer.ts";
import { buildServer } from "../support/database/records.ts";
import { collectRecords } from "../support/functions/dependencies.ts";

const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}}';

const ANSWER = '{"jsonrpc":"2.0","id":1,"result":{}}';

type Connection = Parameters<typeof watchAnswer>[2] & { gone: AbortController; closed: number };

/** The exchange of one message, and the connection that it goes over. */
function openCall(message = CALL): {
  see: (response: Response) => ReturnType<typeof watchAnswer>;
  connection: Connection;
  recorded: () => unknown[];
} {
  const { recorder, recorded } = collectRecords();
  const now = (): number => 0;
  const gone = new AbortController();
  const request = new Request("http://edge/mcp/demo", { method: "POST", signal: gone.signal });
  const exchange = buildOpenExchange({ recorder, openCalls: buildOpenCalls(now), now })(
    request,
    buildServer(),
  );
  exchange.seeRequest(new TextEncoder().encode(message), true);
  exchange.begin([]);
  const connection: Connection = {
    signal: gone.signal,
    gone,
    closed: 0,
    close: () => void connection.closed++,
  };
  return {
    see: (response) => watchAnswer(response, exchange, connection),
    connection,
    recorded: () => recorded.map(({ name, outcome }) => [name, outcome]),
  };
}

/** A JSON answer that says how long it is. */
function buildAnswer(body: ReadableStream | string, length: number): Response {
  return new Response(body, {
    headers: { "Content-Type": "application/json", "Content-Length": String(length) },
  });
}

Deno.test("a JSON answer that says how long it is goes on as bytes", async () => {
  const { see, recorded } = openCall();

  const answer = await see(buildAnswer(ANSWER, ANSWER.length));

  assertEquals(new TextDecoder().decode(answer as Uint8Array), ANSWER);
  assertEquals(recorded(), [["wait", "ok"]]);
});

Deno.test("a JSON answer that breaks off is refused with a reason, and recorded as unanswered", async () => {
  const { see, recorded } = openCall();
  const broken = new ReadableStream({
    type: "bytes",
    pull: (controller) => controller.error(new TypeError("reset")),
  });

  const refusal = await assertRejects(() => see(buildAnswer(broken, 100)), OAuthError);

  assertEquals([refusal.status, refusal.reason], [502, "mcp_server_broke_off"]);
  assertEquals(recorded(), [["wait", "unanswered"]]);
});

Deno.test("a client that goes away while a JSON answer is awaited closes the connection to the MCP server", async () => {
  const { see, connection, recorded } = openCall();
  let fail = (_error: unknown): void => undefined;
  const silent = new ReadableStream({
    type: "bytes",
    start: (controller) => void (fail = (error) => controller.error(error)),
  });

  const answer = see(buildAnswer(silent, 100));
  connection.gone.abort();
  fail(new TypeError("closed"));

  assertEquals((await assertRejects(() => answer, OAuthError)).reason, "client_gone");
  assertEquals([connection.closed, recorded()], [1, [["wait", "cancelled"]]]);
});

Deno.test("a client that has gone before a JSON answer is awaited closes the connection to the MCP server", async () => {
  const { see, connection } = openCall();
  connection.gone.abort();

  await see(buildAnswer(ANSWER, ANSWER.length));

  assertEquals(connection.closed, 1);
});

Deno.test("no more than 16 MB of JSON answers are awaited at once, and what is beyond streams", async () => {
  const length = 1024 * 1024;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => end = resolve);
  const awaited = Array.from({ length: 16 }, () =>
    openCall().see(buildAnswer(
      new ReadableStream({
        type: "bytes",
        pull: (controller) => ended.then(() => controller.error(new TypeError("reset"))),
      }),
      length,
    )));

  const next = openCall();
  const body = new ReadableStream({
    type: "bytes",
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode(ANSWER));
      controller.close();
    },
  });
  const streamed = await next.see(buildAnswer(body, length));
  end();
  await Promise.allSettled(awaited);
  const whole = await openCall().see(buildAnswer(ANSWER, length));

  assertEquals(await new Response(streamed).text(), ANSWER);
  assertEquals([streamed instanceof ReadableStream, whole instanceof Uint8Array], [true, true]);
});

Deno.test("a client that goes away while the MCP server is read closes that connection at once", async () => {
  const { see, connection, recorded } = openCall();
  const silent = new ReadableStream({ type: "bytes" });

  const answer = await see(new Response(silent, { headers: { "Content-Type": "text/event-stream" } }));
  const reader = (answer as ReadableStream).getReader();
  const next = reader.read();
  const before = connection.closed;
  await reader.cancel();

  assertEquals([before, connection.closed, (await next).done], [0, 1, true]);
  assertEquals(recorded(), [["wait", "cancelled"]]);
});

const NOTIFICATION = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
for (
  const [what, message, expected] of [
    ["a call", CALL, [["wait", "cancelled"]]],
    ["a notification", NOTIFICATION, [[null, "ok"]]],
  ] as const
) {
  for (const when of ["before a stream begins", "before anybody reads the stream"]) {
    Deno.test(`a client that goes away ${when} closes the connection of ${what}`, async () => {
      const { see, connection, recorded } = openCall(message);
      const silent = new ReadableStream({ type: "bytes" });
      const response = new Response(silent, { headers: { "Content-Type": "text/event-stream" } });

      if (when === "before a stream begins") {
        connection.gone.abort();
      }
      await see(response);
      connection.gone.abort();

      assertEquals(connection.closed, 1);
      assertEquals(recorded(), [...expected]);
    });
  }
}
