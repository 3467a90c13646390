import { assertEquals } from "@std/assert";
import { createLocalJWKSet, jwtVerify } from "jose";
import { issueToken } from "../../functions/_shared/tokens/signing.ts";
import { buildJwksEndpoint } from "../../functions/oauth-jwks/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies, signingKeys } from "../support/functions/dependencies.ts";

for (
  const url of ["http://edge/oauth-jwks", "http://edge/oauth-jwks/", "http://edge/functions/v1/oauth-jwks"]
) {
  Deno.test(`GET ${new URL(url).pathname} answers with public keys and nothing private`, async () => {
    const response = await buildJwksEndpoint(buildDependencies())(new Request(url));

    assertEquals(
      ["Content-Type", "Cache-Control", "Access-Control-Allow-Origin"].map((name) =>
        response.headers.get(name)
      ),
      ["application/jwk-set+json", "public, max-age=300", "*"],
    );
    const { keys } = await response.json();
    assertEquals(keys.map((key: Record<string, unknown>) => Object.keys(key).sort()), [
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]);
  });
}

Deno.test("what Gatepost signs verifies with what it publishes", async () => {
  const token = await issueToken({ sub: "x" }, "JWT", 60, signingKeys);

  const response = await buildJwksEndpoint(buildDependencies())(new Request("http://edge/oauth-jwks"));

  const { payload } = await jwtVerify(token, createLocalJWKSet(await response.json()));
  assertEquals(payload.sub, "x");
});

Deno.test("GET /oauth-jwks/demo is a 404", async () => {
  const response = await buildJwksEndpoint(buildDependencies())(new Request("http://edge/oauth-jwks/demo"));

  await assertJson(response, 404, {
    error: "not_found",
    error_description: "Cannot find this page: nothing is served at this address",
  });
});

Deno.test("POST /oauth-jwks is refused", async () => {
  const response = await buildJwksEndpoint(buildDependencies())(
    new Request("http://edge/oauth-jwks", { method: "POST" }),
  );

  await assertJson(response, 405, {
    error: "method_not_allowed",
    error_description: "Cannot use this method: the endpoint takes GET",
  });
});
