import { assertEquals, assertThrows } from "@std/assert";
import { addChallenge, answerWithChallenge, readBearerToken } from "../../functions/_shared/http/bearer.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { assertJson } from "../support/client/answers.ts";

for (const header of ["Bearer abc.def-_~+/=", "bearer abc.def-_~+/=", "BEARER  abc.def-_~+/="]) {
  Deno.test(`a bearer token is read from ${JSON.stringify(header)}`, () => {
    const request = new Request("http://edge/", { headers: { Authorization: header } });

    const token = readBearerToken(request);

    assertEquals(token, "abc.def-_~+/=");
  });
}

const WITHOUT_TOKEN: [what: string, request: Request][] = [
  ["no header", new Request("http://edge/")],
  ["an empty token", new Request("http://edge/", { headers: { Authorization: "Bearer " } })],
  ["another scheme", new Request("http://edge/", { headers: { Authorization: "Basic YTpi" } })],
  ["a token with a space in it", new Request("http://edge/", { headers: { Authorization: "Bearer a b" } })],
  ["a token in the query", new Request("http://edge/?access_token=abc")],
  [
    "a token in the form",
    new Request("http://edge/", { method: "POST", body: new URLSearchParams({ access_token: "abc" }) }),
  ],
];
for (const [what, request] of WITHOUT_TOKEN) {
  Deno.test(`a request with ${what} has no bearer token`, () => {
    const error = assertThrows(() => readBearerToken(request), OAuthError);

    assertEquals([error.code, error.reason], ["invalid_token", "token_missing"]);
  });
}

Deno.test("the challenge to a request without a token names no error", async () => {
  const error = assertThrows(() => readBearerToken(new Request("http://edge/")), OAuthError);

  const response = answerWithChallenge(
    addChallenge(error, { resource_metadata: "https://x.example/m", scope: "a b" }) as OAuthError,
  );

  assertEquals(
    response.headers.get("WWW-Authenticate"),
    'Bearer resource_metadata="https://x.example/m", scope="a b"',
  );
  await assertJson(response, 401, {
    error: "invalid_token",
    error_description: "Cannot answer without an access token: log in first",
  });
});

Deno.test("the challenge to a refused token names the error first", async () => {
  const error = new OAuthError("insufficient_scope", "Cannot call this server: a scope is missing", {
    challenge: { scope: "a" },
  });

  const response = answerWithChallenge(error);

  assertEquals(
    response.headers.get("WWW-Authenticate"),
    'Bearer error="insufficient_scope", error_description="Cannot call this server: a scope is missing", scope="a"',
  );
  await assertJson(response, 403, {
    error: "insufficient_scope",
    error_description: "Cannot call this server: a scope is missing",
  });
});

Deno.test("a quote in a challenge's parameter cannot end it", async () => {
  const error = new OAuthError("invalid_token", "Cannot accept", { challenge: { scope: 'a", evil="b\\' } });

  const response = answerWithChallenge(error);
  await response.body?.cancel();

  assertEquals(
    response.headers.get("WWW-Authenticate"),
    'Bearer error="invalid_token", error_description="Cannot accept", scope="a, evil=b"',
  );
});

Deno.test("an error that learns of a challenge keeps what it says, and the parameters that it has", () => {
  const cause = new Error("underneath");
  const error = new OAuthError("insufficient_scope", "Cannot call", {
    reason: "scope_missing",
    cause,
    headers: { "Retry-After": "5" },
    challenge: { scope: "a" },
  });

  const challenged = addChallenge(error, { resource_metadata: "https://x.example/m", scope: "a b" });

  const { code, message, reason, headers, challenge } = challenged as OAuthError;
  assertEquals({ code, message, reason, cause: (challenged as OAuthError).cause, headers, challenge }, {
    code: "insufficient_scope",
    message: "Cannot call",
    reason: "scope_missing",
    cause,
    headers: { "Retry-After": "5" },
    challenge: { resource_metadata: "https://x.example/m", scope: "a" },
  });
});

Deno.test("what is thrown and is no refusal learns of no challenge", () => {
  const bug = new TypeError("a bug");

  assertEquals(addChallenge(bug, { scope: "a" }), bug);
});

Deno.test("an error that is no matter of tokens leaves without a challenge and with its headers", async () => {
  const error = new OAuthError("temporarily_unavailable", "Cannot answer now", {
    headers: { "Retry-After": "5" },
  });

  const response = answerWithChallenge(error);

  assertEquals(
    [response.headers.get("WWW-Authenticate"), response.headers.get("Retry-After")],
    [null, "5"],
  );
  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot answer now",
  });
});
