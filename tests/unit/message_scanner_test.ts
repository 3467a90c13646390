import { assertEquals } from "@std/assert";
import { buildEventStream } from "../../functions/mcp/records/event_stream.ts";
import {
  buildMessageScanner,
  emptyMessage,
  type ScannedMessage,
} from "../../functions/mcp/records/message_scanner.ts";
import { toAlignedText } from "../../functions/mcp/records/search.ts";
import { toJson } from "../../functions/mcp/records/texts.ts";

const encoder = new TextEncoder();

/** What a scanner finds in a text, read in pieces of so many bytes. */
function scan(text: string | Uint8Array, bytes = Infinity, isEvents = false, asText = true): {
  messages: ScannedMessage[];
  unreadable: number;
} {
  const messages: ScannedMessage[] = [];
  let unreadable = 0;
  const scanner = buildMessageScanner({
    wantsArguments: true,
    wantsResult: true,
    onMessage: (message) => void messages.push(message),
    onUnreadable: () => {
      unreadable++;
    },
  });
  const reader = isEvents ? buildEventStream(scanner) : scanner;
  const whole = typeof text === "string" ? encoder.encode(text) : text;
  for (let at = 0; at < whole.length; at += bytes) {
    const piece = whole.slice(at, Math.min(at + bytes, whole.length));
    reader.push(piece, asText ? toAlignedText(piece) : undefined);
  }
  if (!isEvents) {
    scanner.end();
  }
  return { messages, unreadable };
}

/** The members of messages that differ from those of an empty one, with payloads as JSON. */
function brief(messages: ScannedMessage[]): Record<string, unknown>[] {
  const empty: Record<string, unknown> = { ...emptyMessage() };
  return messages.map((message) =>
    Object.fromEntries(
      Object.entries(message)
        .filter(([name, value]) => name !== "bytes" && value !== empty[name])
        .map((
          [name, value],
        ) => [name, (name === "arguments" || name === "result") && value ? toJson(value) : value]),
    )
  );
}

const SPELLINGS: [what: string, text: string, found: Record<string, unknown>[]][] = [
  ["a call", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}}', [
    { id: "1", method: "tools/call", name: "add", arguments: { a: 1 } },
  ]],
  [
    "blanks and another order",
    ' \r\n{ "params" : { "uri" : "test://a" } , "method":"resources/read","id" : "x" }\n',
    [
      { id: '"x"', method: "resources/read", uri: "test://a" },
    ],
  ],
  [
    "names inside of other members",
    '{"id":2,"method":"m","params":{"_meta":{"name":"no","id":9},"name":"yes"}}',
    [
      { id: "2", method: "m", name: "yes" },
    ],
  ],
  [
    "braces and quotation marks in texts",
    '{"id":"}\\"{","method":"a\\\\","params":{"name":"],\\"id\\":7"}}',
    [
      { id: '"}\\"{"', method: "a\\", name: '],"id":7' },
    ],
  ],
  ["escaped names of members", '{"\\u0069d":3,"m\\u0065thod":"ping"}', [{ id: "3", method: "ping" }]],
  ["a tool that failed", '{"result":{"content":[{"isError":false}],"isError":true},"jsonrpc":"2.0","id":4}', [
    { id: "4", hasResult: true, isError: true, result: { content: [{ isError: false }], isError: true } },
  ]],
  ["an error", '{"id":5,"error":{"data":{"code":1},"code":-32602,"message":"no"}}', [
    { id: "5", hasError: true, errorCode: -32602 },
  ]],
  ["an error that is null, beside a result", '{"id":6,"error":null,"result":null}', [
    { id: "6", hasResult: true, result: null },
  ]],
  ["an id of null, a float, an object", '[{"id":null},{"id":1.50},{"id": {"a" : [1]} }]', [
    { id: "null" },
    { id: "1.5" },
    { id: '{"a":[1]}' },
  ]],
  ["a method that is no text", '{"id":1,"method":{"a":1},"params":[{"name":"x"}]}', [{
    id: "1",
    method: null,
  }]],
  ["a member that is said twice", '{"id":1,"id":2,"method":"a","method":"b"}', [{ id: "2", method: "b" }]],
  ["clientInfo", '{"id":0,"method":"initialize","params":{"clientInfo":{"name":"c","version":"1"}}}', [
    { id: "0", method: "initialize", clientInfo: { name: "c", version: "1" } },
  ]],
  ["a name in UTF-8", '{"id":1,"method":"tools/call","params":{"name":"größe 漢字 🎉"}}', [
    { id: "1", method: "tools/call", name: "größe 漢字 🎉" },
  ]],
  ["an empty batch", "[]", []],
];
for (const [what, text, found] of SPELLINGS) {
  Deno.test(`${what}: the same is found wherever the text is divided`, () => {
    for (const bytes of [Infinity, 1, 2, 3, 7]) {
      const { messages, unreadable } = scan(text, bytes);
      assertEquals([brief(messages), unreadable], [found, 0]);
    }
  });
}

const UNREADABLE: [what: string, text: string][] = [
  ["no JSON", "<html></html>"],
  ["half a message", '{"id":1,"method":"pi'],
  ["a text", '"hello"'],
  ["a list in a batch", "[[1,2]]"],
  ["a number in a batch", "[7]"],
];
for (const [what, text] of UNREADABLE) {
  Deno.test(`${what} is unreadable, and what follows is read`, () => {
    for (const bytes of [Infinity, 1]) {
      const { messages, unreadable } = scan(text, bytes);
      assertEquals([messages.filter(({ method }) => method !== undefined), unreadable], [[], 1]);
    }
  });
}

Deno.test("the bytes of a message are those from its first brace to its last", () => {
  const { messages } = scan(' [ {"id":1} , {"id":22}]', 3);

  assertEquals(messages.map(({ bytes }) => bytes), [8, 9]);
});

Deno.test("a name of a megabyte is cut, and so is one that is all escapes", () => {
  for (const name of ["x".repeat(1_000_000), "\\ud83c\\udf89".repeat(100_000), "\\\\".repeat(500_000)]) {
    const { messages } = scan(`{"method":"tools/call","params":{"name":"${name}"},"id":1}`, 999);

    assertEquals(messages.map(({ id, method }) => [id, method]), [["1", "tools/call"]]);
    const kept = messages[0]!.name!;
    assertEquals([kept.length >= 256 && kept.length < 4000, JSON.parse(`"${name}"`).startsWith(kept)], [
      true,
      true,
    ]);
  }
});

Deno.test("an id of a megabyte is told from those that are short", () => {
  const { messages } = scan(`{"id":"${"x".repeat(1_000_000)}","method":"ping"}`);

  assertEquals(messages.map(({ id }) => id), ["long"]);
});

Deno.test("a text of a million brackets is read to its end", () => {
  const { messages, unreadable } = scan(
    `{"params":${"[".repeat(1e6)}${"]".repeat(1e6)},"id":1,"method":"ping"}`,
  );

  assertEquals([brief(messages), unreadable], [[{ id: "1", method: "ping" }], 0]);
});

const encoded = '{"id":1,"result":{"text":"größe"}}';
const EVENTS: [what: string, text: string, ids: string[]][] = [
  ["LF", `event: message\ndata: ${encoded}\n\n`, ["1"]],
  ["CR", `event: message\rdata: ${encoded}\r\r`, ["1"]],
  ["CRLF", `event: message\r\ndata: ${encoded}\r\n\r\n`, ["1"]],
  ["no blank behind the colon", `data:${encoded}\n\n`, ["1"]],
  ["a byte order mark", `\ufeffdata: ${encoded}\n\n`, ["1"]],
  ["comments, ids and an empty event", `: hi\nid: 7\ndata:\n\nretry: 5\ndata: ${encoded}\nid: 8\n\n`, ["1"]],
  ["data over several lines", 'data: {"id":\ndata: 2,\ndata: "result": {}}\n\n', ["2"]],
  ["two events", `data: ${encoded}\n\ndata: {"id":3,"result":{}}\n\n`, ["1", "3"]],
  ["a field that begins like data", `database: {"id":9,"result":{}}\n\ndata: ${encoded}\n\n`, ["1"]],
  ["an event cut in the middle of a member", `data: ${encoded}\n\ndata: {"id":4,"resu`, ["1"]],
  ["an event that breaks off, and one behind it", `data: {"id":5,"result":{"a":"\n\ndata: ${encoded}\n\n`, [
    "1",
  ]],
];
for (const [what, text, ids] of EVENTS) {
  Deno.test(`an event stream with ${what} is read wherever it is divided`, () => {
    for (const bytes of [Infinity, 1, 2, 3, 5]) {
      const { messages } = scan(text, bytes, true);
      assertEquals(messages.filter(({ hasResult }) => hasResult).map(({ id }) => id), ids);
    }
  });
}

Deno.test("random messages in random pieces are found as JSON.parse finds them", () => {
  const random = seeded(17);
  for (let round = 0; round < 300; round++) {
    const batch = Array.from({ length: random(3) + 1 }, () => randomMessage(random));
    const text = JSON.stringify(batch.length === 1 && random(2) === 0 ? batch[0] : batch, null, random(3));
    // Long pieces are searched as texts, short ones byte by byte.
    const { messages, unreadable } = scan(text, random(2) === 0 ? random(40) + 1 : random(1000) + 250);

    assertEquals(unreadable, 0);
    assertEquals(
      messages.map(({ id, method, name, hasResult, isError, arguments: given }) => ({
        id,
        method,
        name,
        hasResult,
        isError,
        arguments: given && toJson(given),
      })),
      batch.map((message) => ({
        id: "id" in message ? JSON.stringify(message["id"]) : undefined,
        method: message["method"],
        name: message["params"]?.["name"],
        hasResult: "result" in message,
        isError: message["result"]?.["isError"] === true,
        arguments: message["params"]?.["arguments"],
      })),
    );
  }
});

// deno-lint-ignore no-explicit-any -- any JSON.
function randomMessage(random: (below: number) => number): Record<string, any> {
  const members: [string, unknown][] = [
    ["jsonrpc", "2.0"],
    ["id", random(2) === 0 ? random(1000) : randomText(random).slice(0, 40)],
    random(2) === 0
      ? ["method", randomText(random)]
      : ["result", { [randomText(random)]: randomValue(random, 3), isError: random(2) === 0 }],
    ["params", {
      [randomText(random)]: randomValue(random, 3),
      name: randomText(random),
      arguments: randomValue(random, 3),
    }],
  ];
  return Object.fromEntries(members.toSorted(() => random(3) - 1));
}

function randomValue(random: (below: number) => number, depth: number): unknown {
  const kinds = [
    () => random(100) - 50,
    () => randomText(random),
    () => [null, true, 1.5e-7][random(3)],
    () => Array.from({ length: random(4) }, () => randomValue(random, depth - 1)),
    () =>
      Object.fromEntries(
        Array.from({ length: random(4) }, () => [randomText(random), randomValue(random, depth - 1)]),
      ),
  ];
  return kinds[random(depth > 0 ? kinds.length : 3)]!();
}

function randomText(random: (below: number) => number): string {
  const parts = [
    "a",
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "id",
    "\n",
    "漢",
    "🎉",
    " ",
    "x".repeat(random(400)),
  ];
  return Array.from({ length: random(6) }, () => parts[random(parts.length)]).join("");
}

/** Numbers that are the same in each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}
