import { assertEquals, assertThrows } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { parseMessages, type RpcMessage } from "../../functions/mcp/scopes/rpc_message.ts";

const CALL =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"value":"x"}}}';

/** Parses a text as the body of a call, with changed headers. */
function parse(body: string | Uint8Array, headers: Record<string, string> = {}): RpcMessage[] {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return parseMessages(bytes, new Headers({ "Content-Type": "application/json", ...headers }));
}

/** The status and reason with which a body is refused. */
function refusal(body: string | Uint8Array, headers: Record<string, string> = {}): string {
  const { status, reason } = assertThrows(() => parse(body, headers), OAuthError);
  return `${status} ${reason}`;
}

const READ: [what: string, body: string, messages: RpcMessage[]][] = [
  ["a call of a tool", CALL, [{ method: "tools/call", names: ["echo"] }]],
  ["a call with spaces", ` \n${CALL}\r\n\t`, [{ method: "tools/call", names: ["echo"] }]],
  ["a resource", '{"method":"resources/read","params":{"uri":"file:///a"}}', [
    { method: "resources/read", names: ["file:///a"] },
  ]],
  ["a task", '{"method":"tasks/get","params":{"taskId":"t"}}', [{ method: "tasks/get", names: ["t"] }]],
  [
    "a completion of a prompt",
    '{"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"}}}',
    [
      { method: "completion/complete", names: ["p"] },
    ],
  ],
  ["a completion of a resource", '{"method":"completion/complete","params":{"ref":{"uri":"file:///{x}"}}}', [
    { method: "completion/complete", names: ["file:///{x}"] },
  ]],
  [
    "a message that names several things",
    '{"method":"m","params":{"uri":"u","name":"n","taskId":1,"ref":{"name":[]}}}',
    [
      { method: "m", names: ["n", "u", 1, []] },
    ],
  ],
  ["a message without params", '{"method":"tools/list"}', [{ method: "tools/list", names: [] }]],
  ["a message whose params are null", '{"method":"tools/list","params":null}', [{
    method: "tools/list",
    names: [],
  }]],
  ["a notification", '{"jsonrpc":"2.0","method":"notifications/initialized"}', [
    { method: "notifications/initialized", names: [] },
  ]],
  ["a response", '{"jsonrpc":"2.0","id":7,"result":{"name":"echo","method":"tools/call"}}', [
    { method: undefined, names: [] },
  ]],
  ["an error", '{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"m"}}', [{
    method: undefined,
    names: [],
  }]],
  ["what is a response and a request", '{"method":"tools/call","result":{},"params":{"name":"echo"}}', [
    { method: "tools/call", names: ["echo"] },
  ]],
  ["a batch", `[${CALL},{"method":"tools/list"},{"id":7,"result":{}}]`, [
    { method: "tools/call", names: ["echo"] },
    { method: "tools/list", names: [] },
    { method: undefined, names: [] },
  ]],
  ["an empty batch", "[]", []],
  ["escapes in a member", '{"m\\u0065thod":"tools/\\u0063all","p\\u0061rams":{"n\\u0061me":"\\u0065cho"}}', [
    { method: "tools/call", names: ["echo"] },
  ]],
  ["a byte order mark", `\ufeff${CALL}`, [{ method: "tools/call", names: ["echo"] }]],
  ["punctuation in texts", '{"method":"a:b{}[],\\"","params":{"name":"\\\\","x":"\\":\\\\\\""}}', [
    { method: 'a:b{}[],"', names: ["\\"] },
  ]],
  ["brackets in a text", `{"method":"m","params":{"name":"${'[\\",'.repeat(100_000)}"}}`, [
    { method: "m", names: ['[",'.repeat(100_000)] },
  ]],
  ["one member in several objects", '{"method":"m","params":{"a":{"name":1},"b":[{"name":2},{"name":3}]}}', [
    { method: "m", names: [] },
  ]],
];
for (const [what, body, messages] of READ) {
  Deno.test(`${what} is read`, () => {
    assertEquals(parse(body), messages);
  });
}

Deno.test("no body is no message, whatever the headers say", () => {
  assertEquals(parseMessages(new Uint8Array(), new Headers({ "Content-Type": "text/plain" })), []);
});

const REFUSED: [what: string, body: string, reason: string][] = [
  ["no JSON", "tools/call", "json_malformed"],
  ["two messages in a row", `${CALL}\n${CALL}`, "json_malformed"],
  ["a comment", `/* */${CALL}`, "json_malformed"],
  ["a trailing comma", '{"method":"m",}', "json_malformed"],
  ["single quotes", "{'method':'m'}", "json_malformed"],
  ["two byte order marks", `\ufeff\ufeff${CALL}`, "json_malformed"],
  ["nothing but a space", " ", "json_malformed"],
  ["a method twice", '{"method":"tools/list","method":"tools/call"}', "json_member_repeated"],
  [
    "a method twice, once with an escape",
    '{"method":"tools/list","m\\u0065thod":"tools/call"}',
    "json_member_repeated",
  ],
  ["a name twice", '{"method":"m","params":{"name":"a","name":"b"}}', "json_member_repeated"],
  ["params twice", '{"method":"m","params":{"name":"a"},"params":{"name":"b"}}', "json_member_repeated"],
  ["a member twice in a batch", `[${CALL},{"id":1,"id":2}]`, "json_member_repeated"],
  [
    "a member twice deep within",
    '{"method":"m","params":{"arguments":[{"a":{"b":1,"b":1}}]}}',
    "json_member_repeated",
  ],
  ["a prototype twice", '{"method":"m","x":{"__proto__":1,"__proto__":2}}', "json_member_repeated"],
  [
    "two million lists",
    `{"method":"m","params":{"arguments":[${"[],".repeat(1_300_000)}[]]}}`,
    "json_too_large",
  ],
  ["lists within each other", `{"method":"m","params":{"arguments":${"[".repeat(200_001)}`, "json_too_large"],
  ["a text", '"tools/call"', "message_malformed"],
  ["null", "null", "message_malformed"],
  ["a batch in a batch", `[[${CALL}]]`, "message_malformed"],
  ["a batch with a text", `[${CALL},"tools/call"]`, "message_malformed"],
  ["a method that is a list", '{"method":["tools/call"]}', "message_malformed"],
  ["a method that is null", '{"method":null}', "message_malformed"],
  ["params that are a list", '{"method":"tools/call","params":["delete",{}]}', "message_malformed"],
  ["params that are a text", '{"method":"tools/call","params":"delete"}', "message_malformed"],
  ["Method", '{"Method":"tools/call","method":"tools/list"}', "message_malformed"],
  ["METHOD alone", '{"METHOD":"tools/call"}', "message_malformed"],
  ["Params", '{"method":"tools/call","params":{"name":"a"},"Params":{"name":"b"}}', "message_malformed"],
  ["Name", '{"method":"tools/call","params":{"name":"a","Name":"b"}}', "message_malformed"],
  ["URI", '{"method":"resources/read","params":{"uri":"a","URI":"b"}}', "message_malformed"],
  ["taskid", '{"method":"tasks/get","params":{"taskId":"a","taskid":"b"}}', "message_malformed"],
  ["a method with a long s in params", '{"method":"m","param\\u017f":{"name":"b"}}', "message_malformed"],
  ["a Kelvin sign in taskId", '{"method":"m","params":{"tas\\u212aId":"b"}}', "message_malformed"],
  ["a name in Ref", '{"method":"m","params":{"Ref":{"name":"b"}}}', "message_malformed"],
  ["a Name in ref", '{"method":"m","params":{"ref":{"Name":"b"}}}', "message_malformed"],
  ["a prototype with a method", '{"__proto__":{"method":"tools/call"}}', "message_malformed"],
  [
    "a prototype with a name",
    '{"method":"tools/call","params":{"__proto__":{"name":"b"}}}',
    "message_malformed",
  ],
  ["more messages than a batch may hold", `[${Array(101).fill('{"method":"m"}').join()}]`, "batch_too_long"],
];
for (const [what, body, reason] of REFUSED) {
  Deno.test(`a body with ${what} is refused`, () => {
    assertEquals(refusal(body), `400 ${reason}`);
  });
}

Deno.test("a batch may hold a hundred messages", () => {
  assertEquals(parse(`[${Array(100).fill('{"method":"m"}').join()}]`).length, 100);
});

Deno.test("a body of four megabytes is read in a pass over its texts, objects and lists", () => {
  const text = 'a\\"'.repeat(1_300_000);
  const lists = `${"[".repeat(190_000)}${" ".repeat(3_500_000)}${"]".repeat(190_000)}`;

  assertEquals(parse(`{"method":"m","params":{"name":"n","arguments":{"text":"${text}"}}}`)[0]?.names, ["n"]);
  assertEquals(parse(`{"method":"m","params":{"name":"n","arguments":${lists}}}`)[0]?.names, ["n"]);
});

Deno.test("bytes that are no UTF-8 are refused, other encodings of Unicode among them", () => {
  const utf16 = new Uint8Array([...CALL].flatMap((character) => [character.charCodeAt(0), 0]));

  assertEquals(refusal(new Uint8Array([0xff, 0xfe, ...utf16])), "400 json_malformed");
  assertEquals(refusal(utf16), "400 json_malformed");
  assertEquals(refusal(new Uint8Array([0x22, 0xc3, 0x28, 0x22])), "400 json_malformed");
});

const TYPES: [type: string, accepted: boolean][] = [
  ["application/json", true],
  ["application/json; charset=utf-8", true],
  ['Application/JSON;charset="UTF-8"', true],
  ["", false],
  ["text/plain", false],
  ["application/yaml", false],
  ["application/json-seq", false],
  ["application/json; charset=utf-7", false],
  ["application/json; charset=utf-16le", false],
  ["application/json; charset=utf-8; charset=utf-7", false],
  ["application/json; xcharset=utf-8; charset=utf-7", false],
  ["application/json; charset*=utf-8''utf-7", false],
  ["application/json, application/json; charset=utf-7", false],
  ['application/json; charset="utf-8', false],
];
for (const [type, accepted] of TYPES) {
  Deno.test(`a body of the type ${JSON.stringify(type)} is ${accepted ? "read" : "refused"}`, () => {
    assertEquals(
      accepted ? parse(CALL, { "Content-Type": type }).length : refusal(CALL, { "Content-Type": type }),
      accepted ? 1 : "415 body_encoded",
    );
  });
}

for (const encoding of ["gzip", "identity", ""]) {
  Deno.test(`a body with the encoding ${JSON.stringify(encoding)} is refused`, () => {
    assertEquals(refusal(CALL, { "Content-Encoding": encoding }), "415 body_encoded");
  });
}

const base64 = (text: string): string =>
  `=?base64?${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}?=`;
const named = (name: string): string => JSON.stringify({ method: "tools/call", params: { name } });

const AGREEING: [what: string, body: string, headers: Record<string, string>][] = [
  ["both", CALL, { "Mcp-Method": "tools/call", "Mcp-Name": "echo" }],
  ["the method alone", CALL, { "Mcp-Method": "tools/call" }],
  ["the method of what names nothing", '{"method":"tools/list"}', { "Mcp-Method": "tools/list" }],
  ["a URI", '{"method":"resources/read","params":{"uri":"file:///a"}}', { "Mcp-Name": "file:///a" }],
  ["a name in base64", named("ünï 漢"), { "Mcp-Name": base64("ünï 漢") }],
  ["a name that looks like base64", named("=?base64?eA==?="), { "Mcp-Name": base64("=?base64?eA==?=") }],
  ["a batch of one kind", `[${CALL},${CALL}]`, { "Mcp-Method": "tools/call", "Mcp-Name": "echo" }],
];
for (const [what, body, headers] of AGREEING) {
  Deno.test(`headers that repeat the body are read: ${what}`, () => {
    assertEquals(parse(body, headers), parse(body));
  });
}

const DISAGREEING: [what: string, body: string, headers: Record<string, string>][] = [
  ["another method", CALL, { "Mcp-Method": "tools/list" }],
  ["another case", CALL, { "Mcp-Method": "Tools/call" }],
  ["an empty method", CALL, { "Mcp-Method": "" }],
  ["two methods", CALL, { "Mcp-Method": "tools/call, tools/list" }],
  ["a method for a response", '{"id":1,"result":{}}', { "Mcp-Method": "tools/call" }],
  ["another name", CALL, { "Mcp-Name": "delete" }],
  ["an empty name", CALL, { "Mcp-Name": "" }],
  ["a name for what names nothing", '{"method":"tools/list"}', { "Mcp-Name": "echo" }],
  ["another name in base64", CALL, { "Mcp-Name": base64("delete") }],
  ["a name as base64 that the body has so", named("=?base64?eA==?="), { "Mcp-Name": "=?base64?eA==?=" }],
  ["broken base64", CALL, { "Mcp-Name": "=?base64?%?=" }],
  ["base64 that is no UTF-8", CALL, { "Mcp-Name": "=?base64?/w==?=" }],
  ["one message of a batch", `[${CALL},${named("delete")}]`, { "Mcp-Name": "echo" }],
];
for (const [what, body, headers] of DISAGREEING) {
  Deno.test(`headers that disagree with the body are refused: ${what}`, () => {
    assertEquals(refusal(body, headers), "400 header_mismatch");
  });
}
