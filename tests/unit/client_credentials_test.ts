import { assertEquals, assertThrows } from "@std/assert";
import { readClientCredentials, refusedClient } from "../../functions/_shared/client/credentials.ts";
import { ASSERTION_TYPE } from "../../functions/_shared/client/assertion.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { basic } from "../support/client/requests.ts";

const secretHash = hashSecret("secret-1");

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
  Deno.test(`a client names itself by ${what}`, () => {
    const credentials = readClientCredentials(request(headers), new Map(Object.entries(form)));

    assertEquals(credentials, { kind: "secret", clientId: "client-1", secretHash: hash });
  });
}

Deno.test("a secret with a colon is read whole", () => {
  const credentials = readClientCredentials(request(basic("client-1", "a:b")), new Map());

  assertEquals(credentials, { kind: "secret", clientId: "client-1", secretHash: hashSecret("a:b") });
});

const CLIENT_URL = "https://app.example.com:8443/a+b/client%20id.json";
for (const [how, sent] of [["encoded", encodeURIComponent(CLIENT_URL)], ["as it is", CLIENT_URL]] as const) {
  Deno.test(`a client id that is a URL passes through basic ${how}`, () => {
    const credentials = readClientCredentials(request(basic(sent, "")), new Map());

    assertEquals(credentials, { kind: "secret", clientId: CLIENT_URL, secretHash: null });
  });
}

Deno.test("a secret that is not form-encoded is read as it is", () => {
  const credentials = readClientCredentials(request(basic("client-1", "50%")), new Map());

  assertEquals(credentials, { kind: "secret", clientId: "client-1", secretHash: hashSecret("50%") });
});

const ASSERTION = { client_assertion: "a.b.c", client_assertion_type: ASSERTION_TYPE };
for (const clientId of ["client-1", undefined]) {
  Deno.test(`a client names itself by an assertion with ${clientId ? "its" : "no"} client_id`, () => {
    const form = new Map(Object.entries({ ...ASSERTION, ...(clientId && { client_id: clientId }) }));

    assertEquals(readClientCredentials(request(), form), {
      kind: "assertion",
      clientId,
      assertion: "a.b.c",
    });
  });
}

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
  ["basic with a NUL", basic("client%00", "secret-1"), {}, "authorization_malformed"],
  ["an assertion and a secret", {}, { ...ASSERTION, client_secret: "secret-1" }, "client_named_twice"],
  ["an assertion and basic", basic("client-1", "secret-1"), ASSERTION, "client_named_twice"],
  ["an assertion without its type", {}, { client_assertion: "a.b.c" }, "assertion_type_unknown"],
  ["the type of an assertion alone", {}, { client_assertion_type: ASSERTION_TYPE }, "assertion_type_unknown"],
  [
    "an assertion of another type",
    {},
    { ...ASSERTION, client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:saml2-bearer" },
    "assertion_type_unknown",
  ],
  [
    "an assertion whose type is spelled in upper case",
    {},
    { ...ASSERTION, client_assertion_type: ASSERTION_TYPE.toUpperCase() },
    "assertion_type_unknown",
  ],
  ["basic that is not UTF-8", { Authorization: `Basic ${btoa("\xff:a")}` }, {}, "authorization_malformed"],
];
for (const [what, headers, form, reason] of REFUSED) {
  Deno.test(`a client is refused that names itself by ${what}`, () => {
    const error = assertThrows(
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
