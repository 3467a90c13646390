import { assertEquals } from "@std/assert";
import { toPayload } from "../../functions/mcp/records/payload.ts";
import { redactText, redactUri } from "../../functions/mcp/records/redaction.ts";

/** What is recorded of a payload. */
function record(value: unknown, redactedPaths: string[] = [], secrets: string[] = []): unknown {
  const bytes = new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  return toPayload({ bytes, isWhole: true }, { redactedPaths, secrets });
}

const NAMES = [
  ...["password", "Password", "pass_word", "userPassword", "passwd", "token", "access_token", "refreshToken"],
  ...[
    "client-secret",
    "Authorization",
    "X-Authorization",
    "Set-Cookie",
    "cookie",
    "api_key",
    "API KEY",
    "x-api-key",
  ],
  ...["apikey", "private_key", "sessionId", "credentials", "otp", "PIN", "ｐａｓｓｗｏｒｄ"],
];
for (const name of NAMES) {
  Deno.test(`the value of a member named ${name} is left out, whatever it is`, () => {
    for (const value of ["v", 7, { a: ["v"] }]) {
      assertEquals(record({ [name]: value, kept: 1 }), { [name]: "[redacted]", kept: 1 });
    }
  });
}

Deno.test("members whose names only resemble secret ones stay", () => {
  const kept = { passenger: "p", author: "a", pinned: true, key: "k", tok: "t", secretary: undefined };

  assertEquals(record(kept), { passenger: "p", author: "a", pinned: true, key: "k", tok: "t" });
});

const VALUE = { a: { b: 1, c: 2 }, list: [{ b: 3, x: [{ b: 4 }] }, { b: 5 }], b: 6 };
const PATHS: [path: string, recorded: unknown][] = [
  ["$.a.b", { ...VALUE, a: { b: "[redacted]", c: 2 } }],
  ["$.a", { ...VALUE, a: "[redacted]" }],
  ["$.list[*].b", {
    ...VALUE,
    list: [{ b: "[redacted]", x: [{ b: 4 }] }, { b: "[redacted]" }],
  }],
  ["$.list[1]", { ...VALUE, list: [VALUE.list[0], "[redacted]"] }],
  ["$.list[0].x[*].b", { ...VALUE, list: [{ b: 3, x: [{ b: "[redacted]" }] }, { b: 5 }] }],
  ["$..x", { ...VALUE, list: [{ b: 3, x: "[redacted]" }, { b: 5 }] }],
  ["$..b", {
    a: { b: "[redacted]", c: 2 },
    list: [{ b: "[redacted]", x: [{ b: "[redacted]" }] }, { b: "[redacted]" }],
    b: "[redacted]",
  }],
  ["$.list..b", {
    ...VALUE,
    list: [{ b: "[redacted]", x: [{ b: "[redacted]" }] }, { b: "[redacted]" }],
  }],
  ["$.nowhere.b", VALUE],
  ["$[0]", VALUE],
];
for (const [path, recorded] of PATHS) {
  Deno.test(`what stands at ${path} is left out, and nothing else`, () => {
    assertEquals(record(VALUE, [path]), recorded);
  });
}

const JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-_";
const RANDOM = "V1StGXR8Z5jdHi6BmyT0aK3nQ9wL2xC7pE4rU8sD1fG";
const TEXTS: [text: string, recorded: string][] = [
  [`it is ${JWT}!`, "it is [redacted]!"],
  [JWT.slice(0, 30), "[redacted]"],
  [`Bearer abcdefgh1`, "Bearer [redacted]"],
  ["password=hunter2&x=1", "password=[redacted]&x=1"],
  ['{broken "api_key": "k1", more', '{broken "api_key": "[redacted]", more'],
  [`key ${RANDOM}`, "key [redacted]"],
  ["a".repeat(64), "a".repeat(64)],
  ["3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
  ["the known secret-1 and secret-1x", "the known [redacted] and [redacted]x"],
  ["", ""],
];
for (const [text, recorded] of TEXTS) {
  Deno.test(`the text ${text.slice(0, 30)} is recorded as ${recorded.slice(0, 30)}`, () => {
    assertEquals(redactText(text, ["secret-1", "key"]), recorded);
  });
}

Deno.test("a text that is JSON is redacted as JSON", () => {
  const text = JSON.stringify({ user: { password: "p", name: "Ada" }, list: [JWT] });

  assertEquals(record({ content: [{ type: "text", text }] }), {
    content: [{
      type: "text",
      text: '{"user":{"password":"[redacted]","name":"Ada"},"list":["[redacted]"]}',
    }],
  });
});

Deno.test("a URI keeps its place, and loses secrets of its query, its fragment and before its host", () => {
  assertEquals(
    redactUri(`https://u:p@a.example/${"x".repeat(40)}1?token=t&page=2#${RANDOM}`, []),
    `https://[redacted]@a.example/${"x".repeat(40)}1?token=[redacted]&page=2#[redacted]`,
  );
});

Deno.test("a payload is cut, lists and texts first, and is never longer than 16 KiB", () => {
  const sizes = [
    { text: "long ".repeat(2000), rest: 1 },
    { list: Array.from({ length: 5000 }, (_, at) => ({ at })) },
    Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`member ${at}`, "漢".repeat(100)])),
    Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => [1, 2, 3, 4])),
  ].map((value) => new TextEncoder().encode(JSON.stringify(record(value))).length);

  assertEquals(sizes.filter((size) => size > 16 * 1024 || size < 20), []);
  assertEquals(
    (record({ text: "long ".repeat(2000) }) as { text: string }).text.endsWith("[10000 characters]"),
    true,
  );
});

Deno.test("what cannot be recorded is said in brackets", () => {
  const deep = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;

  assertEquals([record("{"), JSON.stringify(record(deep)).includes('"[too deep]"')], ["[unreadable]", true]);
  assertEquals(
    toPayload({ bytes: new Uint8Array(), isWhole: false }, { redactedPaths: [], secrets: [] }),
    "[too long]",
  );
});

Deno.test("no text takes long to redact", () => {
  const texts = [
    "password".repeat(8000),
    "a-".repeat(32_000),
    "eyJ".repeat(20_000),
    `${"=".repeat(60_000)}`,
    "\\".repeat(60_000),
  ];
  const started = performance.now();

  texts.forEach((text) => redactText(text, []));

  // Milliseconds; one that is quadratic takes minutes.
  assertEquals(performance.now() - started < 10_000, true);
});

Deno.test("a member named __proto__ is a member like any other", () => {
  const recorded = record('{"__proto__":{"password":"p"},"a":1}') as Record<string, unknown>;

  assertEquals(JSON.stringify(recorded), '{"__proto__":{"password":"[redacted]"},"a":1}');
});
