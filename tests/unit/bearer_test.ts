import { assertEquals, assertThrows } from "@std/assert";
import { answerWithChallenge, readBearerToken } from "../../functions/_shared/http/bearer.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { assertJson } from "../support/client/answers.ts";

const call = { request: new Request("http://edge/mcp/demo"), path: ["demo"], requestId: "request-1" };

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

  const response = answerWithChallenge(error, {
    ...call,
    challenge: () => ({ resource_metadata: "https://x.example/m", scope: "a b" }),
  });

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
  const error = new OAuthError("insufficient_scope", "Cannot call this server: a scope is missing");

  const response = answerWithChallenge(error, { ...call, challenge: () => ({ scope: "a" }) });

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
  const error = new OAuthError("invalid_token", "Cannot accept");

  const response = answerWithChallenge(error, { ...call, challenge: () => ({ scope: 'a", evil="b\\' }) });
  await response.body?.cancel();

  assertEquals(
    response.headers.get("WWW-Authenticate"),
    'Bearer error="invalid_token", error_description="Cannot accept", scope="a, evil=b"',
  );
});

Deno.test("an error that is no matter of tokens leaves without a challenge and with its headers", async () => {
  const error = new OAuthError("temporarily_unavailable", "Cannot answer now", {
    headers: { "Retry-After": "5" },
  });

  const response = answerWithChallenge(error, call);

  assertEquals(
    [response.headers.get("WWW-Authenticate"), response.headers.get("Retry-After")],
    [null, "5"],
  );
  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot answer now",
  });
});
