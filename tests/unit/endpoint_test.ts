import { assertEquals, assertMatch } from "@std/assert";
import { type Answer, buildEndpoint, type EndpointOptions } from "../../functions/_shared/http/endpoint.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";
import { type LogLine, reasons } from "../support/stack/log_lines.ts";

const OPTIONS: EndpointOptions = { name: "oauth-x", methods: ["GET", "POST"], crossOrigin: true };

function hello(): Response {
  return Response.json({ hello: true });
}

Deno.test("an endpoint answers with what its handler answers, and marks it", async () => {
  const dependencies = buildDependencies();

  const response = await buildEndpoint(OPTIONS, dependencies, hello)(new Request("http://edge/oauth-x/demo"));

  const headers = Object.fromEntries(response.headers);
  assertMatch(headers["x-request-id"] ?? "", /^[0-9a-f-]{36}$/);
  assertEquals({ ...headers, "x-request-id": "…" }, {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version",
    "cache-control": "no-store",
    "content-type": "application/json",
    "x-content-type-options": "nosniff",
    "x-request-id": "…",
  });
  await assertJson(response, 200, { hello: true });
});

Deno.test("an endpoint keeps the cache header that its handler chose", async () => {
  const handle = (): Response => new Response(null, { headers: { "Cache-Control": "public, max-age=60" } });

  const response = await buildEndpoint(OPTIONS, buildDependencies(), handle)(
    new Request("http://edge/oauth-x"),
  );

  assertEquals(response.headers.get("Cache-Control"), "public, max-age=60");
});

Deno.test("HEAD is GET without a body", async () => {
  const request = new Request("http://edge/oauth-x", { method: "HEAD" });

  const response = await buildEndpoint(OPTIONS, buildDependencies(), hello)(request);

  assertEquals(
    [response.status, response.headers.get("Content-Type"), await response.text()],
    [200, "application/json", ""],
  );
});

Deno.test("a refusal of HEAD has no body either", async () => {
  const handle = (): never => {
    throw new OAuthError("not_found", "Cannot find");
  };
  const request = new Request("http://edge/oauth-x", { method: "HEAD" });

  const response = await buildEndpoint(OPTIONS, buildDependencies(), handle)(request);

  assertEquals([response.status, await response.text()], [404, ""]);
});

Deno.test("a preflight is answered without the handler", async () => {
  const handle = (): never => {
    throw new Error("The handler was called");
  };
  const request = new Request("http://edge/oauth-x/demo", { method: "OPTIONS" });

  const response = await buildEndpoint(OPTIONS, buildDependencies(), handle)(request);

  const headers = Object.fromEntries(response.headers);
  assertEquals([response.status, await response.text()], [204, ""]);
  assertEquals({ ...headers, "x-request-id": "…" }, {
    "access-control-allow-headers":
      "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Last-Event-ID, Mcp-Method, Mcp-Name, traceparent, tracestate",
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version",
    "access-control-max-age": "86400",
    "allow": "GET, POST, OPTIONS",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-request-id": "…",
  });
});

const REFUSED_METHODS: [method: string, options: EndpointOptions, allowed: string][] = [
  ["DELETE", OPTIONS, "GET, POST"],
  ["HEAD", { ...OPTIONS, methods: ["POST"] }, "POST"],
  ["OPTIONS", { ...OPTIONS, crossOrigin: false }, "GET, POST"],
];
for (const [method, options, allowed] of REFUSED_METHODS) {
  Deno.test(`${method} is refused by an endpoint of ${allowed}${options.crossOrigin ? "" : " without CORS"}`, async () => {
    const response = await buildEndpoint(options, buildDependencies(), hello)(
      new Request("http://edge/oauth-x", { method }),
    );

    assertEquals([response.status, response.headers.get("Allow")], [405, allowed]);
    assertEquals(
      await response.text(),
      method === "HEAD" ? "" : JSON.stringify({
        error: "method_not_allowed",
        error_description: `Cannot use this method: the endpoint takes ${allowed}`,
      }),
    );
  });
}

Deno.test("an endpoint without cross-origin access sends no CORS headers", async () => {
  const options = { ...OPTIONS, crossOrigin: false };

  const response = await buildEndpoint(options, buildDependencies(), hello)(
    new Request("http://edge/oauth-x"),
  );
  await response.body?.cancel();

  assertEquals([...response.headers.keys()].filter((name) => name.startsWith("access-control")), []);
});

Deno.test("an endpoint is not there under another function's name", async () => {
  const response = await buildEndpoint(OPTIONS, buildDependencies(), hello)(
    new Request("http://edge/oauth-y"),
  );

  await assertJson(response, 404, {
    error: "not_found",
    error_description: "Cannot find this page: nothing is served at this address",
  });
});

Deno.test("a refusal leaves as JSON with its headers and reaches the log with its reason", async () => {
  const dependencies = buildDependencies();
  const handle = (): never => {
    throw new OAuthError("invalid_grant", "Cannot redeem code", {
      reason: "code_replayed",
      headers: { "X-Y": "z" },
    });
  };

  const response = await buildEndpoint(OPTIONS, dependencies, handle)(
    new Request("http://edge/oauth-x/demo"),
  );

  assertEquals([response.headers.get("X-Y"), response.headers.get("Access-Control-Allow-Origin")], [
    "z",
    "*",
  ]);
  await assertJson(response, 400, { error: "invalid_grant", error_description: "Cannot redeem code" });
  assertEquals(reasons(dependencies.logged), ["code_replayed"]);
});

Deno.test("an unexpected error leaves without its text", async () => {
  const dependencies = buildDependencies();
  const handle = (): never => {
    throw new TypeError("the token eyJhbGciOi is broken");
  };

  const response = await buildEndpoint(OPTIONS, dependencies, handle)(
    new Request("http://edge/oauth-x/demo"),
  );

  await assertJson(response, 500, {
    error: "server_error",
    error_description: "Cannot answer: an unexpected error occurred",
  });
  assertEquals(reasons(dependencies.logged), ["server_error"]);
  assertEquals(JSON.stringify(dependencies.logged).includes("eyJhbGciOi"), false);
});

Deno.test("an endpoint may choose another exit", async () => {
  const options: EndpointOptions = {
    ...OPTIONS,
    exit: (error) => new Response(error.message, { status: 418 }),
  };
  const handle = (): never => {
    throw new OAuthError("forbidden", "Cannot");
  };

  const response = await buildEndpoint(options, buildDependencies(), handle)(
    new Request("http://edge/oauth-x"),
  );

  assertEquals([response.status, await response.text()], [418, "Cannot"]);
});

Deno.test("every request is one line in the log", async () => {
  const times = [1000, 1042];
  const dependencies = buildDependencies({}, { now: () => times.shift()! });

  const response = await buildEndpoint(OPTIONS, dependencies, hello)(
    new Request("http://edge/oauth-x/demo?code=secret", { headers: { Authorization: "Bearer secret" } }),
  );
  await response.body?.cancel();

  assertEquals(dependencies.logged, [{
    level: "info",
    request_id: response.headers.get("X-Request-Id"),
    endpoint: "oauth-x",
    server: "demo",
    status: 200,
    reason: "ok",
    ms: 42,
  }]);
});

Deno.test("a path segment that is no slug does not reach the log", async () => {
  const dependencies = buildDependencies();

  const response = await buildEndpoint(OPTIONS, dependencies, hello)(
    new Request("http://edge/oauth-x/Not_A_Slug"),
  );
  await response.body?.cancel();

  assertEquals("server" in dependencies.logged[0]!, false);
});

Deno.test("a handler says beside its response why it refused and for which server", async () => {
  const dependencies = buildDependencies();
  const handle = (): Answer => ({
    response: new Response(null, { status: 303 }),
    reason: "consent_denied",
    server: "demo",
  });

  await buildEndpoint(OPTIONS, dependencies, handle)(new Request("http://edge/oauth-x/org_1"));

  const [{ server, status, reason }] = dependencies.logged as [LogLine];
  assertEquals({ server, status, reason }, { server: "demo", status: 303, reason: "consent_denied" });
});
