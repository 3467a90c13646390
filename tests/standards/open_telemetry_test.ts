/**
 * What is recorded, as a collector reads it with OpenTelemetry's own decoder, by the semantic conventions.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { defineCall } from "../../functions/_shared/database/database.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { buildEndpoint, type EndpointOptions, type Handle } from "../../functions/_shared/http/endpoint.ts";
import { buildSafeFetch } from "../../functions/_shared/http/safe_fetch.ts";
import { buildTelemetry, type RecordingTelemetry } from "../../functions/_shared/telemetry/record.ts";
import { count, countOutcome } from "../../functions/_shared/telemetry/telemetry.ts";
import { explainFailure, ProviderFailure } from "../../functions/_shared/upstream/failure.ts";
import { fakeDatabase } from "../support/database/fake_database.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";
import type { LogLine } from "../support/stack/log_lines.ts";
import { type Collector, type ReceivedSpan, startCollector } from "../support/telemetry/collector.ts";
import * as z from "zod/mini";

const OPTIONS: EndpointOptions = { name: "oauth-x", methods: ["GET", "POST"], crossOrigin: true };
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

interface Scene extends AsyncDisposable {
  collector: Collector;
  telemetry: RecordingTelemetry;
  losses: number[];
  logged: LogLine[];
  /** Lets an endpoint answer a request, and hands over what was recorded meanwhile. */
  answer: (handle: Handle, request?: Request, options?: Partial<EndpointOptions>) => Promise<Response>;
}

function setScene(headers: [string, string][] = []): Scene {
  const collector = startCollector();
  const losses: number[] = [];
  const telemetry = buildTelemetry("oauth-x", { url: collector.url, headers }, {
    keepRunning: () => undefined,
    logLoss: (dropped) => losses.push(dropped),
  });
  const dependencies = { ...buildDependencies(), telemetry };
  return {
    collector,
    telemetry,
    losses,
    logged: dependencies.logged,
    async answer(handle, request = new Request("http://edge/oauth-x/demo"), options = {}): Promise<Response> {
      const response = await buildEndpoint({ ...OPTIONS, ...options }, dependencies, handle)(request);
      await telemetry.flush();
      return response;
    },
    [Symbol.asyncDispose]: () => collector[Symbol.asyncDispose](),
  };
}

const ok = (): Response => new Response("ok");

function find(spans: ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  assertEquals(found.length, 1, `${name} of ${spans.map((span) => span.name)}`);
  return found[0]!;
}

Deno.test("a request is a span that says what the log says, and the log names its trace", async () => {
  await using scene = setScene();

  const response = await scene.answer(ok);
  await response.body?.cancel();

  const [span, ...others] = scene.collector.spans;
  assertEquals(others, []);
  assertEquals([span?.name, span?.kind, span?.isError, span?.parentSpanId], [
    "GET /oauth-x/{slug}",
    "server",
    false,
    "",
  ]);
  assertEquals(span?.attributes, {
    "http.request.method": "GET",
    "http.route": "/oauth-x/{slug}",
    "url.scheme": "http",
    "http.response.status_code": 200,
    "gatepost.request_id": response.headers.get("X-Request-Id"),
    "gatepost.server": "demo",
    "gatepost.outcome": "ok",
  });
  assertEquals(scene.logged.map((line) => line["trace_id"]), [span?.traceId]);
  const { "service.instance.id": instance, "telemetry.sdk.version": _version, ...resource } = span!.resource;
  assertEquals([typeof instance, resource], ["string", {
    "service.name": "gatepost",
    "faas.name": "oauth-x",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.name": "opentelemetry",
  }]);
});

Deno.test("a request is part of its caller's trace", async () => {
  await using scene = setScene();

  await scene.answer(
    ok,
    new Request("http://edge/oauth-x", { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } }),
  );

  assertEquals(scene.collector.spans.map(({ traceId, parentSpanId }) => [traceId, parentSpanId]), [[
    TRACE,
    PARENT,
  ]]);
});

Deno.test("a caller whose trace is not sampled is not recorded, and is counted", async () => {
  await using scene = setScene();
  const headers = { traceparent: `00-${TRACE}-${PARENT}-00` };

  await scene.answer(ok, new Request("http://edge/oauth-x", { headers }), { counter: "gatepost.logins" });

  assertEquals(scene.collector.spans, []);
  assertEquals(scene.logged.map((line) => line["trace_id"]), [TRACE]);
  assertEquals(scene.collector.readSums().map(({ value }) => value), [1]);
});

const MALFORMED = [`00-${TRACE}-${PARENT}-1`, `00-${"0".repeat(32)}-${PARENT}-01`, "secret"];
for (const traceparent of MALFORMED) {
  Deno.test(`a request with the malformed traceparent ${traceparent} begins a trace`, async () => {
    await using scene = setScene();

    await scene.answer(ok, new Request("http://edge/oauth-x", { headers: { traceparent } }));

    const [span] = scene.collector.spans;
    assertEquals([span?.parentSpanId, span?.traceId === TRACE], ["", false]);
  });
}

const refused = (): never => {
  throw new OAuthError("invalid_grant", "Cannot", { reason: "code_replayed" });
};
const broken = (): never => {
  throw new TypeError("with a secret");
};
const ENDS: [what: string, handle: Handle, attributes: Record<string, unknown>, isError: boolean][] = [
  ["a refusal", refused, { "http.response.status_code": 400, "error.type": "code_replayed" }, false],
  ["a bug", broken, { "http.response.status_code": 500, "error.type": "server_error" }, true],
  [
    "bad news that leaves as a redirect",
    () => ({
      response: new Response(null, { status: 303 }),
      error: new OAuthError("temporarily_unavailable", "Cannot", { reason: "upstream_unavailable" }),
    }),
    { "http.response.status_code": 303, "error.type": "upstream_unavailable" },
    true,
  ],
  [
    "a login that worked with something left out",
    () => ({ response: new Response(null, { status: 303 }), reason: "userinfo_left_out" }),
    { "http.response.status_code": 303, "gatepost.outcome": "userinfo_left_out" },
    false,
  ],
  [
    "an error that the MCP server answered with",
    () => new Response(null, { status: 502 }),
    { "http.response.status_code": 502, "error.type": "502" },
    true,
  ],
];
for (const [what, handle, attributes, isError] of ENDS) {
  Deno.test(`the span of ${what} says so`, async () => {
    await using scene = setScene();

    const response = await scene.answer(handle);
    await response.body?.cancel();

    const [span] = scene.collector.spans;
    const said = Object.fromEntries(Object.keys(attributes).map((name) => [name, span?.attributes[name]]));
    assertEquals([said, span?.isError], [attributes, isError]);
    assertEquals("error.type" in span!.attributes, "error.type" in attributes);
  });
}

Deno.test("a method that nobody knows is not repeated", async () => {
  await using scene = setScene();

  const response = await scene.answer(ok, new Request("http://edge/oauth-x", { method: "SECRET" }));
  await response.body?.cancel();

  assertEquals(scene.collector.spans.map(({ name }) => name), ["HTTP /oauth-x/{slug}"]);
});

Deno.test("a step at a provider, its request and a call of the database are spans below the request's", async () => {
  await using scene = setScene();
  await using provider = serve(() => new Response("{}", { status: 429 }));
  const safeFetch = buildSafeFetch({ allowPrivateUpstreams: true });
  const purge = defineCall("purge_expired", z.number());
  const database = fakeDatabase({ purge_expired: (() => 0) as never });

  await scene.answer(async () => {
    await purge(database, { p_limit: 1 });
    await explainFailure("token", async () => {
      const { status } = await safeFetch(`${provider.url}/secret-path?code=secret-code`, { method: "POST" });
      throw new ProviderFailure({ status, problem: "unreadable" });
    });
    return ok();
  }).then((response) => response.body?.cancel());

  const { spans } = scene.collector;
  const request = find(spans, "GET /oauth-x/{slug}");
  const [call, fetched] = [find(spans, "purge_expired"), find(spans, "POST")];
  assertEquals([call.parentSpanId, fetched.parentSpanId], [request.spanId, request.spanId]);
  assertEquals([call.kind, call.attributes], ["client", {
    "db.system.name": "postgresql",
    "db.stored_procedure.name": "purge_expired",
  }]);
  assertEquals([fetched.kind, fetched.isError, fetched.attributes], ["client", true, {
    "http.request.method": "POST",
    "http.response.status_code": 429,
    "server.address": "127.0.0.1",
    "server.port": Number(new URL(provider.url).port),
    "gatepost.upstream.step": "token",
    "error.type": "429",
  }]);
  assertEquals(scene.collector.readSums().map(({ name, value, attributes }) => [name, value, attributes]), [
    ["gatepost.upstream.failures", 1, {
      "gatepost.upstream.step": "token",
      "gatepost.upstream.problem": "unreadable",
      "error.type": "upstream_unavailable",
    }],
  ]);
  assertEquals(
    scene.collector.received.some(({ bytes }) => new TextDecoder().decode(bytes).includes("secret")),
    false,
  );
});

Deno.test("a call of the database that fails says with which code, and a provider out of reach says so", async () => {
  await using scene = setScene();
  const purge = defineCall("purge_expired", z.number());
  const failing = { call: () => Promise.reject(Object.assign(new Error("secret"), { code: "22023" })) };
  const safeFetch = buildSafeFetch({ allowPrivateUpstreams: true });

  await scene.answer(async () => {
    await assertRejects(() => purge(failing, { p_limit: 1 }));
    await assertRejects(() => safeFetch("http://127.0.0.1:1/"));
    return ok();
  });

  const [call, fetched] = [find(scene.collector.spans, "purge_expired"), find(scene.collector.spans, "GET")];
  assertEquals([call.isError, call.attributes["error.type"]], [true, "22023"]);
  assertEquals([fetched.isError, fetched.attributes["error.type"]], [true, "upstream_unreachable"]);
});

Deno.test("requests at the same time keep their spans apart", async () => {
  await using scene = setScene();
  const purge = defineCall("purge_expired", z.number());
  const first = Promise.withResolvers<void>();
  const database = fakeDatabase({ purge_expired: (() => 0) as never });
  const request = (digit: string): Request =>
    new Request("http://edge/oauth-x", { headers: { traceparent: `00-${digit.repeat(32)}-${PARENT}-01` } });

  await Promise.all([
    scene.answer(async () => {
      await first.promise;
      await purge(database, { p_limit: 1 });
      return ok();
    }, request("a")),
    scene.answer(async () => {
      await purge(database, { p_limit: 1 });
      first.resolve();
      return ok();
    }, request("b")),
  ]);

  for (const digit of ["a", "b"]) {
    const spans = scene.collector.spans.filter(({ traceId }) => traceId === digit.repeat(32));
    assertEquals(find(spans, "purge_expired").parentSpanId, find(spans, "GET /oauth-x/{slug}").spanId);
  }
});

Deno.test("counters add up by outcome, and are sums since the worker started", async () => {
  await using scene = setScene();
  const counter = "gatepost.logins";

  await scene.answer(ok, undefined, { counter });
  await scene.answer(refused, undefined, { counter });
  await scene.answer(ok, undefined, { counter });
  await scene.answer(ok, new Request("http://edge/oauth-x", { method: "OPTIONS" }), { counter });

  assertEquals(
    scene.collector.readSums().map(({ name, value, isMonotonic, isCumulative, attributes }) => [
      name,
      value,
      isMonotonic && isCumulative,
      attributes,
    ]),
    [
      ["gatepost.logins", 2, true, { "gatepost.outcome": "ok" }],
      ["gatepost.logins", 1, true, { "gatepost.outcome": "code_replayed" }],
    ],
  );
});

Deno.test("a step is counted by its outcome", async () => {
  await using scene = setScene();

  await scene.answer(async () => {
    await countOutcome("gatepost.token.refreshes", () => Promise.resolve());
    await countOutcome("gatepost.token.refreshes", refused).catch(() => undefined);
    return ok();
  });

  assertEquals(
    scene.collector.readSums().map(({ value, attributes }) => [value, attributes["gatepost.outcome"]]),
    [
      [1, "ok"],
      [1, "code_replayed"],
    ],
  );
});

Deno.test("without a request nothing is counted or recorded", async () => {
  await using scene = setScene();

  count("gatepost.logins", { "gatepost.outcome": "ok" });
  assertEquals(await countOutcome("gatepost.logins", () => Promise.resolve(1)), 1);
  await scene.telemetry.flush();

  assertEquals(scene.collector.received, []);
});

const TROUBLE: [what: string, status: number, isTriedAgain: boolean][] = [
  ["is overloaded", 503, true],
  ["asks to wait", 429, true],
  ["is behind a proxy that lost it", 502, true],
  ["refuses the key", 401, false],
  ["refuses the message", 400, false],
  ["has a bug", 500, false],
  ["redirects", 307, false],
];
for (const [what, status, isTriedAgain] of TROUBLE) {
  Deno.test(`a collector that ${what} costs no request, and spans only where they cannot be sent again`, async () => {
    await using scene = setScene([["x-api-key", "secret"]]);
    scene.collector.answerWith(() => new Response(null, { status, headers: { Location: "/elsewhere" } }));

    const failed = await scene.answer(ok);
    scene.collector.answerWith(() => new Response());
    const worked = await scene.answer(ok);

    assertEquals([failed.status, worked.status], [200, 200]);
    assertEquals([scene.collector.spans.length, scene.losses], isTriedAgain ? [2, []] : [1, [1]]);
    await Promise.all([failed, worked].map((response) => response.body?.cancel()));
  });
}

Deno.test("a collector that nobody runs costs no request", async () => {
  const losses: number[] = [];
  const telemetry = buildTelemetry("oauth-x", { url: "http://127.0.0.1:1", headers: [] }, {
    keepRunning: () => undefined,
    logLoss: (dropped) => losses.push(dropped),
  });
  const handle = buildEndpoint(OPTIONS, { ...buildDependencies(), telemetry }, ok);

  for (let round = 0; round < 2; round++) {
    const response = await handle(new Request("http://edge/oauth-x"));
    assertEquals([response.status, await response.text()], [200, "ok"]);
    await telemetry.flush();
  }

  assertEquals(losses, [1]);
});

Deno.test("a request does not wait for a collector that does not answer", async () => {
  await using scene = setScene();
  const hanging = Promise.withResolvers<Response>();
  scene.collector.answerWith(() => hanging.promise);
  const handle = buildEndpoint(OPTIONS, { ...buildDependencies(), telemetry: scene.telemetry }, ok);

  await (await handle(new Request("http://edge/oauth-x"))).body?.cancel();
  const flushed = scene.telemetry.flush();
  const response = await handle(new Request("http://edge/oauth-x"));
  await response.body?.cancel();

  assertEquals([response.status, scene.collector.spans.length], [200, 0]);
  hanging.resolve(new Response());
  await flushed;
  await scene.telemetry.flush();
  assertEquals(scene.collector.spans.length, 2);
});

Deno.test("an attribute that is too long is cut", async () => {
  await using scene = setScene();

  const response = await scene.answer(() => ({ response: ok(), reason: "r".repeat(5000) }));
  await response.body?.cancel();

  const [span] = scene.collector.spans;
  assertEquals(span?.attributes["gatepost.outcome"], "r".repeat(256));
});

/** A server on loopback. */
function serve(answer: () => Response): { url: string } & AsyncDisposable {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => undefined }, answer);
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}
