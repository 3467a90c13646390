/**
 * A42: messages that are made to fill, confuse or stop the records. All pass as they are, and each is recorded as what it is.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { callRequest, issueGatewayToken, withGateway } from "../support/mcp_server/gateway_setup.ts";
import type { CallRecord } from "../../functions/mcp/records/call_record.ts";
import { MAX_CALLS } from "../../functions/mcp/records/exchange.ts";

const encoder = new TextEncoder();
const CALL = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "add", arguments: { a: 1 } } };
const RESULT = { jsonrpc: "2.0", id: 1, result: { content: [] } };

/** Sends a body through the gateway to a server that answers this, and returns what came back and what was recorded. */
async function pass(
  body: BodyInit,
  answer: () => Response,
  init: RequestInit = {},
): Promise<{ status: number; received: Uint8Array; forwarded: string; recorded: CallRecord[] }> {
  let passed: Awaited<ReturnType<typeof pass>> | undefined;
  await withGateway(
    async (request) => {
      await request.arrayBuffer();
      return answer();
    },
    async ({ handle, dependencies, received }) => {
      const response = await handle(
        callRequest(await issueGatewayToken(), {
          body,
          ...init,
          headers: { "Content-Type": "application/json", ...init.headers as Record<string, string> },
        }),
      );
      passed = {
        status: response.status,
        received: new Uint8Array(await response.arrayBuffer()),
        forwarded: received[0]?.body ?? "",
        recorded: dependencies.recorded,
      };
    },
  );
  return passed!;
}

function brief(recorded: CallRecord[]): [method: string, name: string | null, outcome: string][] {
  return recorded.map(({ method, name, outcome }) => [method, name, outcome]);
}

function answerEvents(text: string | Uint8Array<ArrayBuffer>): () => Response {
  return () => new Response(text, { headers: { "Content-Type": "text/event-stream; charset=utf-8" } });
}
const json = (value: unknown, init?: ResponseInit) => (): Response => Response.json(value, init);

const ANSWERS: [what: string, answer: () => Response, outcome: string, errorCode?: number][] = [
  ["a result", json(RESULT), "ok"],
  ["a tool that failed", json({ ...RESULT, result: { content: [], isError: true } }), "tool_error"],
  ["an error", json({ id: 1, error: { code: -32602, message: "no" } }), "rpc_error", -32602],
  ["an error without a code", json({ id: 1, error: { message: "no" } }), "rpc_error"],
  ["an error for no id", json({ id: null, error: { code: -32700 } }), "rpc_error", -32700],
  ["an HTTP error", () => new Response("no", { status: 500 }), "http_error"],
  [
    "an HTTP error with a code",
    json({ id: 1, error: { code: -32001 } }, { status: 404 }),
    "http_error",
    -32001,
  ],
  ["an answer for another id", json({ ...RESULT, id: 2 }), "unanswered"],
  ["an answer for the same id as a text", json({ ...RESULT, id: "1" }), "unanswered"],
  ["an answer for an id of a megabyte", json({ ...RESULT, id: "1".repeat(1_000_000) }), "unanswered"],
  ["a page", () => new Response("<p>", { headers: { "Content-Type": "text/html" } }), "unreadable"],
  [
    "a page that says it is JSON",
    () => new Response("<p>", { headers: { "Content-Type": "application/json" } }),
    "unreadable",
  ],
  [
    "half a JSON text",
    () => new Response('{"id":1,"res', { headers: { "Content-Type": "application/json" } }),
    "unreadable",
  ],
  ["nothing", () => new Response(null, { status: 204 }), "unanswered"],
  ["an accepted call and no stream", () => new Response(null, { status: 202 }), "(waits)"],
  ["an event", answerEvents(`data: ${JSON.stringify(RESULT)}\n\n`), "ok"],
  ["an event with CRLF", answerEvents(`event: message\r\ndata: ${JSON.stringify(RESULT)}\r\n\r\n`), "ok"],
  ["an event with CR", answerEvents(`data: ${JSON.stringify(RESULT)}\r\r`), "ok"],
  ["no event", answerEvents(": nothing\n\n"), "unanswered"],
  [
    "an event cut in the middle of a member",
    answerEvents(`data: {"jsonrpc":"2.0","id":1,"resu`),
    "unanswered",
  ],
  ["an event that breaks off", answerEvents(`data: {"jsonrpc":"2.0","id":1,"resu\n\n`), "unreadable"],
  [
    "an event cut in the middle of a character",
    answerEvents(encoder.encode(`data: {"id":1,"result":{"a":"漢`).slice(0, -1)),
    "unanswered",
  ],
  [
    "a result behind a thousand answers for other ids",
    answerEvents(
      Array.from({ length: 1000 }, (_, id) => `data: ${JSON.stringify({ ...RESULT, id: id + 2 })}\n\n`).join(
        "",
      ) +
        `data: ${JSON.stringify(RESULT)}\n\n`,
    ),
    "ok",
  ],
];
for (const [what, answer, outcome, errorCode = null] of ANSWERS) {
  Deno.test(`A42: ${what} passes byte for byte and is recorded as ${outcome}`, async () => {
    const { status, received, recorded } = await pass(JSON.stringify(CALL), answer);

    const directly = answer();
    assertEquals(status, directly.status);
    assertEquals(received, new Uint8Array(await directly.arrayBuffer()));
    assertEquals(
      recorded.map((record) => [record.name, record.outcome, record.errorCode]),
      outcome === "(waits)" ? [] : [["add", outcome, errorCode]],
    );
  });
}

const REQUESTS: [what: string, body: string | Uint8Array<ArrayBuffer>, recorded: ReturnType<typeof brief>][] =
  [
    ["no JSON", "hello", [["(unreadable)", null, "unreadable"]]],
    ["half a JSON text", '{"id":1,"method":"tools/ca', [["(unreadable)", null, "unreadable"]]],
    ["bytes that are no UTF-8", new Uint8Array([0xff, 0xfe, 0x7b]), [["(unreadable)", null, "unreadable"]]],
    ["a method that is no text", '{"id":1,"method":7}', [["(unreadable)", null, "unreadable"]]],
    ["a name that is no text", '{"id":1,"method":"tools/call","params":{"name":{"a":1}}}', [[
      "tools/call",
      null,
      "ok",
    ]]],
    ["a notification", '{"method":"notifications/initialized"}', [["notifications/initialized", null, "ok"]]],
    ["an answer to the server", '{"id":1,"result":{}}', []],
    ["an empty body", "", []],
    [
      "a name of a megabyte",
      JSON.stringify({ ...CALL, params: { name: "x".repeat(1_000_000) } }),
      [["tools/call", "x".repeat(256), "ok"]],
    ],
    [
      "a name with NUL, half a character and a line break",
      '{"id":1,"method":"tools/call","params":{"name":"a\\u0000b\\ud800\\n"}}',
      [["tools/call", "ab\ufffd\n", "ok"]],
    ],
    ["a method of a megabyte", JSON.stringify({ id: 1, method: "m".repeat(1_000_000) }), [[
      "m".repeat(100),
      null,
      "ok",
    ]]],
  ];
for (const [what, body, expected] of REQUESTS) {
  Deno.test(`A42: ${what} is forwarded as it is, and recorded as what it is`, async () => {
    const { status, recorded } = await pass(body, json(RESULT));

    assertEquals([status, brief(recorded)], [200, expected]);
  });
}

const IDS = [
  '{"a":[1]}',
  "1.5",
  "null",
  "true",
  "-1",
  '"ünï"',
  `"${"x".repeat(1_000_000)}"`,
  "123456789012345678901",
];
for (const id of IDS) {
  Deno.test(`A42: an answer to the id ${id.slice(0, 20)} is found`, async () => {
    const { recorded } = await pass(
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"add"}}`,
      () => new Response(`{"id": ${id} ,"result":{}}`, { headers: { "Content-Type": "application/json" } }),
    );

    assertEquals(brief(recorded), [["tools/call", "add", "ok"]]);
  });
}

Deno.test("A42: an id that is used twice in a batch names both, one after the other", async () => {
  const other = { ...CALL, params: { name: "subtract" } };

  const { recorded } = await pass(
    JSON.stringify([CALL, other]),
    json([RESULT, { id: 1, error: { code: -1 } }]),
  );

  assertEquals(brief(recorded), [["tools/call", "add", "ok"], ["tools/call", "subtract", "rpc_error"]]);
});

Deno.test("A42: of a batch some are answered, and each has its own bytes", async () => {
  const batch = [CALL, { ...CALL, id: 2, params: { name: "subtract" } }, { method: "notifications/x" }];

  const { recorded } = await pass(JSON.stringify(batch), json([{ ...RESULT, id: 2 }]));

  assertEquals(brief(recorded), [
    ["notifications/x", null, "ok"],
    ["tools/call", "subtract", "ok"],
    ["tools/call", "add", "unanswered"],
  ]);
  assertEquals(recorded.map(({ bytesIn }) => bytesIn), [
    JSON.stringify(batch[2]).length,
    JSON.stringify(batch[1]).length,
    JSON.stringify(CALL).length,
  ]);
});

Deno.test("A42: a batch of 10,000 passes whole, and so many are recorded as a batch may have", async () => {
  const batch = Array.from({ length: 10_000 }, (_, id) => ({ ...CALL, id }));
  const answers = batch.map(({ id }) => ({ ...RESULT, id }));

  const { received, recorded } = await pass(JSON.stringify(batch), json(answers));

  assertEquals(JSON.parse(new TextDecoder().decode(received)).length, 10_000);
  assertEquals([recorded.length, new Set(recorded.map(({ outcome }) => outcome))], [
    MAX_CALLS,
    new Set(["ok"]),
  ]);
});

Deno.test("A42: a million answers for other ids and one of a gigabyte are read with a heap of 32 MB", async () => {
  const script = new URL("../support/mcp_server/flood_of_answers.ts", import.meta.url).href;

  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--v8-flags=--max-old-space-size=32,--max-semi-space-size=4", script],
  }).output();

  assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), [["tool_error", "[too long]"], [
    "unanswered",
    null,
  ]]);
});
