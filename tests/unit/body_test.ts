import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseForm, readBytes, readForm, readJsonObject } from "../../functions/_shared/http/body.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";

const FORM = "application/x-www-form-urlencoded";

function post(body: BodyInit, contentType: string | null): Request {
  const request = new Request("http://edge/", { method: "POST", body });
  request.headers.delete("Content-Type");
  if (contentType !== null) {
    request.headers.set("Content-Type", contentType);
  }
  return request;
}

Deno.test("a form is read, empty parameters left out, every resource kept", async () => {
  const request = post(
    "a=1&b=&resource=https%3A%2F%2Fx.example&resource=y&c=%C3%A9+z",
    `${FORM}; charset=UTF-8`,
  );

  const form = await readForm(request);

  assertEquals([...form.parameters], [["a", "1"], ["resource", "y"], ["c", "é z"]]);
  assertEquals(form.resources, ["https://x.example", "y"]);
});

Deno.test("an empty form has no parameters", async () => {
  const form = await readForm(post("", FORM));

  assertEquals(form, { parameters: new Map(), resources: [] });
});

Deno.test("a JSON object is read", async () => {
  const value = await readJsonObject(post('{"a":[1,{"b":null}]}', "Application/JSON"));

  assertEquals(value, { a: [1, { b: null }] });
});

const deep = "[".repeat(12) + "]".repeat(12);
const REFUSED: [what: string, read: () => Promise<unknown>, code: string, reason: string, message: string][] =
  [
    [
      "a form that repeats a parameter",
      () => readForm(post("code=1&code=2", FORM)),
      "invalid_request",
      "parameter_repeated",
      "Cannot read request: a parameter is repeated",
    ],
    [
      "a form that is JSON",
      () => readForm(post("{}", "application/json")),
      "unsupported_media_type",
      "unsupported_media_type",
      "Cannot read request: the body must be application/x-www-form-urlencoded",
    ],
    [
      "a form without a content type",
      () => readForm(post("a=1", null)),
      "unsupported_media_type",
      "unsupported_media_type",
      "Cannot read request: the body must be application/x-www-form-urlencoded",
    ],
    [
      "a form that is not UTF-8",
      () => readForm(post(new Uint8Array([97, 61, 0xff]), FORM)),
      "invalid_request",
      "utf8_malformed",
      "Cannot read request: the body is not UTF-8",
    ],
    [
      "a form with a NUL, which no column can hold",
      () => readForm(post("client_id=a%00b", FORM)),
      "invalid_request",
      "parameter_malformed",
      "Cannot read request: a parameter holds a NUL character",
    ],
    [
      "a form that is too large",
      () => readForm(post("a=".padEnd(64 * 1024 + 1, "x"), FORM)),
      "payload_too_large",
      "payload_too_large",
      "Cannot read body: it is larger than 65536 bytes",
    ],
    [
      "JSON that is a form",
      () => readJsonObject(post("a=1", FORM)),
      "unsupported_media_type",
      "unsupported_media_type",
      "Cannot read request: the body must be application/json",
    ],
    [
      "JSON that does not parse",
      () => readJsonObject(post("{", "application/json")),
      "invalid_request",
      "json_malformed",
      "Cannot read request: the body is not JSON",
    ],
    [
      "JSON that is empty",
      () => readJsonObject(post("", "application/json")),
      "invalid_request",
      "json_malformed",
      "Cannot read request: the body is not JSON",
    ],
    ...["[]", "null", '"text"', "1"].map((json): typeof REFUSED[number] => [
      `JSON that is ${json}`,
      () => readJsonObject(post(json, "application/json")),
      "invalid_request",
      "json_not_object",
      "Cannot read request: the body is not a JSON object",
    ]),
    [
      "JSON that is nested too deeply",
      () => readJsonObject(post(`{"a":${deep}}`, "application/json")),
      "invalid_request",
      "json_too_deep",
      "Cannot read request: the JSON is nested too deeply",
    ],
    ...['{"a":["\\u0000"]}', '{"a":"\\ud800"}', '{"\\u0000":1}', '{"a":{"b\\udfff":1}}'].map((
      json,
    ): typeof REFUSED[number] => [
      `JSON with a text that no column can hold, ${json}`,
      () => readJsonObject(post(json, "application/json")),
      "invalid_request",
      "json_text_malformed",
      "Cannot read request: the JSON holds a text that cannot be stored",
    ]),
  ];
for (const [what, read, code, reason, message] of REFUSED) {
  Deno.test(`a body is refused: ${what}`, async () => {
    const error = await assertRejects(read, OAuthError);

    assertEquals([error.code, error.reason, error.message], [code, reason, message]);
  });
}

Deno.test("a parameter may be repeated where it is empty", () => {
  const form = parseForm(new URLSearchParams("code=&code=1"));

  assertEquals([...form.parameters], [["code", "1"]]);
});

Deno.test("a repeated parameter is refused in a query as well", () => {
  const error = assertThrows(() => parseForm(new URLSearchParams("state=1&state=1")), OAuthError);

  assertEquals(error.reason, "parameter_repeated");
});

Deno.test("a body is read up to its limit", async () => {
  const bytes = await readBytes(new Response("abcd"), 4);

  assertEquals(new TextDecoder().decode(bytes), "abcd");
});

Deno.test("a body that declares too much is refused before a byte of it is read", async () => {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream({
    pull: () => void pulled++,
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  const response = new Response(body, { headers: { "Content-Length": "5" } });

  await assertRejects(() => readBytes(response, 4), OAuthError, "larger than 4 bytes");

  assertEquals({ pulled, cancelled }, { pulled: 0, cancelled: true });
});

Deno.test("a body that does not say its size is stopped at the limit", async () => {
  let sent = 0;
  let cancelled = false;
  const body = new ReadableStream({
    pull(controller): void {
      sent++;
      controller.enqueue(new Uint8Array(3));
    },
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });

  await assertRejects(() => readBytes(new Response(body), 4), OAuthError, "larger than 4 bytes");

  assertEquals({ sent, cancelled }, { sent: 2, cancelled: true });
});

Deno.test("a body in chunks is stopped at the limit, whatever length it declares", async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller): void {
      controller.enqueue(new Uint8Array(3));
      if (++sent === 10) {
        controller.close();
      }
    },
  }, { highWaterMark: 0 });
  const headers = { "Content-Length": "2", "Transfer-Encoding": "chunked" };
  const request = new Request("http://edge/", { method: "POST", headers, body });

  await assertRejects(() => readBytes(request, 4), OAuthError, "larger than 4 bytes");

  assertEquals(sent, 2);
});
