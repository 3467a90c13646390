import { assertEquals } from "@std/assert";
import { type ErrorCode, OAuthError, toOAuthError, unavailable } from "../../functions/_shared/errors.ts";

const STATUS: [code: ErrorCode, status: number][] = [
  ["invalid_request", 400],
  ["invalid_grant", 400],
  ["invalid_target", 400],
  ["invalid_redirect_uri", 400],
  ["invalid_client_metadata", 400],
  ["unsupported_grant_type", 400],
  ["invalid_client", 401],
  ["invalid_token", 401],
  ["access_denied", 403],
  ["insufficient_scope", 403],
  ["not_found", 404],
  ["method_not_allowed", 405],
  ["payload_too_large", 413],
  ["unsupported_media_type", 415],
  ["server_error", 500],
  ["bad_gateway", 502],
  ["temporarily_unavailable", 503],
  ["gateway_timeout", 504],
];
for (const [code, status] of STATUS) {
  Deno.test(`${code} is ${status}`, () => assertEquals(new OAuthError(code, "Cannot").status, status));
}

Deno.test("an error's reason is its code where nothing else is said", () => {
  assertEquals(new OAuthError("invalid_grant", "Cannot").reason, "invalid_grant");
});

Deno.test("a failure of the moment says when to try again", () => {
  const cause = new Error("underneath");

  const error = unavailable("Cannot answer now", "database_unavailable", cause);

  assertEquals(
    [error.code, error.message, error.reason, error.headers, error.cause],
    ["temporarily_unavailable", "Cannot answer now", "database_unavailable", { "Retry-After": "5" }, cause],
  );
});

Deno.test("an OAuth error stays what it is", () => {
  const error = new OAuthError("invalid_grant", "Cannot");

  assertEquals(toOAuthError(error) === error, true);
});

for (const thrown of [new Error("secret"), "secret", null, undefined, { message: "secret" }]) {
  Deno.test(`${typeof thrown} ${thrown} becomes server_error with a fixed sentence`, () => {
    const error = toOAuthError(thrown);

    assertEquals(
      [error.code, error.message, error.cause],
      ["server_error", "Cannot answer: an unexpected error occurred", thrown],
    );
  });
}
