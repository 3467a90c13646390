import { assertEquals, assertRejects } from "@std/assert";
import { readClientCredentials, refusedClient } from "../../functions/_shared/client/credentials.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { basic } from "../support/client/requests.ts";

const secretHash = await hashSecret("secret-1");

function request(headers: Record<string, string> = {}): Request {
  return new Request("http://edge/oauth-token/demo", { method: "POST", headers });
}

const READ: [
  what: string,
  headers: Record<string, string>,
  form: Record<string, string>,
  hash: string | null,
][] = [
  ["post", {}, { client_id: "client-1", client_secret: "secret-1" }, secretHash],
  ["none", {}, { client_id: "client-1" }, null],
  ["basic", basic("client-1", "secret-1"), {}, secretHash],
  ["basic and the same client_id", basic("client-1", "secret-1"), { client_id: "client-1" }, secretHash],
  ["basic without a secret", basic("client-1", ""), {}, null],
  ["basic in form encoding", basic("client%2D1", "secret%2D1"), {}, secretHash],
  ["basic in lower case", { Authorization: `basic ${btoa("client-1:secret-1")}` }, {}, secretHash],
];
for (const [what, headers, form, hash] of READ) {
  Deno.test(`a client names itself by ${what}`, async () => {
    const credentials = await readClientCredentials(request(headers), new Map(Object.entries(form)));

    assertEquals(credentials, { clientId: "client-1", secretHash: hash });
  });
}

Deno.test("a secret with a colon is read whole", async () => {
  const credentials = await readClientCredentials(request(basic("client-1", "a:b")), new Map());

  assertEquals(credentials.secretHash, await hashSecret("a:b"));
});

Deno.test("a client id that is a URL passes through basic", async () => {
  const encoded = encodeURIComponent("https://app.example.com/client.json");

  const credentials = await readClientCredentials(request(basic(encoded, "")), new Map());

  assertEquals(credentials, { clientId: "https://app.example.com/client.json", secretHash: null });
});

const REFUSED: [
  what: string,
  headers: Record<string, string>,
  form: Record<string, string>,
  reason: string,
][] = [
  ["no client at all", {}, {}, "client_id_missing"],
  ["a secret without an id", {}, { client_secret: "secret-1" }, "client_id_missing"],
  ["basic and post", basic("client-1", "secret-1"), { client_secret: "secret-1" }, "client_named_twice"],
  [
    "basic and another client_id",
    basic("client-1", "secret-1"),
    { client_id: "client-2" },
    "client_named_twice",
  ],
  ["a bearer token", { Authorization: "Bearer abc" }, { client_id: "client-1" }, "authorization_malformed"],
  ["basic that is no base64", { Authorization: "Basic ***" }, {}, "authorization_malformed"],
  ["basic that is cut off base64", { Authorization: "Basic YWJjZ" }, {}, "authorization_malformed"],
  ["basic without a colon", { Authorization: `Basic ${btoa("client-1")}` }, {}, "authorization_malformed"],
  ["basic without an id", basic("", "secret-1"), {}, "authorization_malformed"],
  ["basic with a broken escape", basic("client%2", "secret-1"), {}, "authorization_malformed"],
  ["basic with a NUL", basic("client%00", "secret-1"), {}, "authorization_malformed"],
  ["basic that is not UTF-8", { Authorization: `Basic ${btoa("\xff:a")}` }, {}, "authorization_malformed"],
];
for (const [what, headers, form, reason] of REFUSED) {
  Deno.test(`a client is refused that names itself by ${what}`, async () => {
    const error = await assertRejects(
      () => readClientCredentials(request(headers), new Map(Object.entries(form))),
      OAuthError,
    );

    assertEquals(error.reason, reason);
  });
}

Deno.test("all failures of client authentication are told in one sentence", () => {
  const [unknown, wrong] = [refusedClient("unknown_client"), refusedClient("wrong_secret")];

  assertEquals(unknown.message, wrong.message);
  assertEquals(
    [unknown.status, unknown.code, unknown.headers],
    [401, "invalid_client", { "WWW-Authenticate": 'Basic realm="gatepost"' }],
  );
});
