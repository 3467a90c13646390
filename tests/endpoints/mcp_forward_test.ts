import { assertEquals } from "@std/assert";
import zlib from "node:zlib";
import { createLocalJWKSet, jwtVerify } from "jose";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { buildGatewayEndpoint } from "../../functions/mcp/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies, NOW, signingKeys } from "../support/functions/dependencies.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import {
  callRequest,
  holdSecondEvent,
  issueGatewayToken,
  sealUpstreamToken,
  withGateway,
} from "../support/mcp_server/gateway_setup.ts";
import { buildOpenCall, buildServer, ISSUER } from "../support/database/records.ts";

const MESSAGE = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';

Deno.test("POST /mcp forwards a call with the upstream's token and the gateway's word for the user", async () => {
  const answer = (): Response =>
    Response.json({ jsonrpc: "2.0", id: 1, result: {} }, { headers: { "Mcp-Session-Id": "s" } });
  await withGateway(answer, async ({ handle, dependencies, received, url }) => {
    const token = await issueGatewayToken({ familyId: "family-forwarded" });

    const response = await handle(callRequest(token, {
      body: MESSAGE,
      headers: {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
        "Mcp-Method": "tools/list",
      },
    }));

    assertEquals(response.headers.get("Mcp-Session-Id"), "s");
    await assertJson(response, 200, { jsonrpc: "2.0", id: 1, result: {} });
    const { headers, ...call } = received[0]!;
    assertEquals([received.length, call], [1, { method: "POST", path: "/mcp", body: MESSAGE }]);
    assertEquals(
      ["authorization", "content-type", "accept", "mcp-protocol-version", "mcp-method"].map((name) =>
        headers[name]
      ),
      [
        "Bearer upstream-access-token",
        "application/json",
        "application/json, text/event-stream",
        "2025-11-25",
        "tools/list",
      ],
    );
    const { payload, protectedHeader } = await jwtVerify(
      headers["gatepost-user"]!,
      createLocalJWKSet(signingKeys.publicKeys),
      { issuer: ISSUER, audience: url },
    );
    const { iat, exp, ...claims } = payload;
    assertEquals([protectedHeader.typ, exp! - iat!, claims], ["gatepost-user+jwt", 300, {
      iss: ISSUER,
      aud: url,
      sub: "mcpu_abcdefghijkl",
      organization_id: "org_1",
      client_id: "client-1",
      email: "person@example.com",
      email_verified: true,
    }]);
    assertEquals(dependencies.database.calls.map(({ name, args }): unknown => [name, args]), [
      ["find_mcp_server", { p_slug: "demo" }],
      ["open_mcp_call", { p_slug: "demo", p_family_id: "family-forwarded", p_session_hash: null }],
    ] as unknown[]);
    assertNothingLogged(dependencies.logged, [token, "upstream-access-token", headers["gatepost-user"]!]);
  });
});

Deno.test("POST /mcp takes a slash at its end, and hands the query on behind the configured one", async () => {
  await withGateway(() => new Response(null, { status: 202 }), async ({ handle, received, url }) => {
    const call = callRequest(await issueGatewayToken());

    const response = await handle(new Request(`${call.url}/?project_ref=abc&tenant=theirs`, call));
    await response.body?.cancel();

    assertEquals([response.status, received[0]!.path], [202, "/mcp?tenant=mine&project_ref=abc"]);
    const { payload } = await jwtVerify(
      received[0]!.headers["gatepost-user"]!,
      createLocalJWKSet(signingKeys.publicKeys),
    );
    assertEquals(payload.aud, url);
  }, { query: "?tenant=mine" });
});

const NOT_FORWARDED = {
  "Cookie": "session=1",
  "Origin": "https://claude.ai",
  "Referer": "https://claude.ai/chat",
  "Forwarded": "for=1.2.3.4",
  "X-Forwarded-For": "1.2.3.4",
  "X-Forwarded-Host": "evil.example",
  "Gatepost-User": "forged",
  "Gatepost-Admin": "forged",
  "Apikey": "sb_publishable_test",
  "Proxy-Authorization": "Basic abc",
};
Deno.test("POST /mcp leaves the headers of browser, proxies and login behind", async () => {
  await withGateway(() => new Response(null, { status: 202 }), async ({ handle, received }) => {
    const response = await handle(callRequest(await issueGatewayToken(), { headers: NOT_FORWARDED }));
    await response.body?.cancel();

    assertEquals(response.status, 202);
    const { headers } = received[0]!;
    const passed = Object.entries(NOT_FORWARDED).filter(([name, value]) =>
      headers[name.toLowerCase()] === value
    );
    assertEquals(passed, []);
  });
});

Deno.test("POST /mcp returns named headers of the MCP server, and no cookie, challenge or policy", async () => {
  const planted = {
    "Set-Cookie": "session=1",
    "Strict-Transport-Security": "max-age=0",
    "Access-Control-Allow-Origin": "https://evil.example",
    "Access-Control-Allow-Credentials": "true",
    "WWW-Authenticate": "Bearer upstream",
    "Content-Security-Policy": "default-src *",
    "Clear-Site-Data": '"*"',
    "Alt-Svc": 'h3=":443"',
    "Service-Worker-Allowed": "/",
    "Refresh": "0; url=https://evil.example",
    "Gatepost-Page": "default-src *",
    "X-Own": "nobody named it",
    "Mcp-Session-Id": "session-1",
    "Content-Language": "fa",
    "X-RateLimit-Remaining": "7",
    "Retry-After": "9",
  };
  await withGateway(() => new Response("{}", { headers: planted }), async ({ handle }) => {
    const response = await handle(callRequest(await issueGatewayToken()));
    await response.body?.cancel();

    assertEquals(Object.keys(planted).map((name) => response.headers.get(name)), [
      null,
      null,
      "*",
      null,
      null,
      "sandbox; default-src 'none'; frame-ancestors 'none'",
      ...[null, null, null, null, null, null],
      ...["session-1", "fa", "7", "9"],
    ]);
  });
});

for (const encoding of ["gzip", "deflate", "br"] as const) {
  Deno.test(`POST /mcp returns an answer that the MCP server compressed unasked (${encoding}) so that it can be read`, async () => {
    const text = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { text: "compressed".repeat(100) } });
    const body = compress(text, encoding);
    const headers = { "Content-Type": "application/json", "Content-Encoding": encoding };
    await withGateway(() => new Response(body, { headers }), async ({ handle }) => {
      const response = await handle(callRequest(await issueGatewayToken()));

      const received = await response.bytes();
      const left = response.headers.get("Content-Encoding");
      assertEquals(left === null ? new TextDecoder().decode(received) : decompress(received, left), text);
    });
  });
}

Deno.test("POST /mcp hands a compressed body on as it is, and says how it is compressed", async () => {
  const body = compress(MESSAGE, "gzip");
  let received: Uint8Array | undefined;
  let encoding: string | null = null;
  const answer = async (request: Request): Promise<Response> => {
    encoding = request.headers.get("Content-Encoding");
    received = await request.bytes();
    return new Response("{}");
  };
  await withGateway(answer, async ({ handle }) => {
    const headers = { "Content-Encoding": "gzip", "Content-Type": "application/json" };
    const response = await handle(callRequest(await issueGatewayToken(), { body, headers }));
    await response.body?.cancel();

    assertEquals([encoding, decompress(received!, "gzip")], ["gzip", MESSAGE]);
  });
});

/** Node's, because the standard's knows no Brotli on every runtime. */
const CODECS = {
  gzip: [zlib.gzipSync, zlib.gunzipSync],
  deflate: [zlib.deflateSync, zlib.inflateSync],
  br: [zlib.brotliCompressSync, zlib.brotliDecompressSync],
} as const;

/** Typed by `slice`, because the older TypeScript of the edge runtime's Deno has no generic `Uint8Array`. */
function compress(text: string, encoding: keyof typeof CODECS): ReturnType<Uint8Array["slice"]> {
  return new Uint8Array(CODECS[encoding][0](text));
}

function decompress(bytes: Uint8Array, encoding: string): string {
  const [, read] = CODECS[encoding as keyof typeof CODECS];
  return new TextDecoder().decode(read(bytes));
}

Deno.test("POST /mcp hands an event on before the next one is sent", async () => {
  const { events, readFirst } = holdSecondEvent();
  await withGateway(events, async ({ handle }) => {
    const response = await handle(callRequest(await issueGatewayToken()));

    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader.read();
    readFirst();
    const second = await reader.read();
    const end = await reader.read();
    assertEquals([first.value, second.value, end.done], ["data: 1\n\n", "data: 2\n\n", true]);
    assertEquals(response.headers.get("Content-Type"), "text/event-stream");
  });
});

Deno.test("POST /mcp tells the MCP server when the client goes away in the middle of a stream", async () => {
  const { promise: cancelled, resolve: cancel } = Promise.withResolvers<void>();
  const endless = (): Response =>
    new Response(
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
        cancel,
      }),
      { headers: { "Content-Type": "text/event-stream" } },
    );
  await withGateway(endless, async ({ handle }) => {
    const response = await handle(callRequest(await issueGatewayToken()));
    const reader = response.body!.getReader();
    await reader.read();

    await reader.cancel();

    await cancelled;
  });
});

for (const status of [200, 202, 400, 404, 405, 500]) {
  Deno.test(`POST /mcp hands the MCP server's ${status} on`, async () => {
    const answer = (): Response => new Response("text", { status, headers: { "Allow": "POST" } });
    await withGateway(answer, async ({ handle }) => {
      const response = await handle(callRequest(await issueGatewayToken()));

      assertEquals([response.status, await response.text(), response.headers.get("Allow")], [
        status,
        "text",
        "POST",
      ]);
    });
  });
}

const SESSION = { headers: { "Mcp-Session-Id": "session-1" } };
Deno.test("POST /mcp opens a call once for each session, and again after half a minute", async () => {
  await withGateway(() => new Response("{}"), async ({ dependencies }) => {
    let time = NOW;
    const handle = buildGatewayEndpoint({ ...dependencies, now: () => time });
    const token = await issueGatewayToken({}, 3600);

    for (
      const [at, init] of [[0, {}], [0, {}], [0, SESSION], [29_999, SESSION], [30_000, SESSION]] as const
    ) {
      time = NOW + at;
      await (await handle(callRequest(token, init))).body?.cancel();
    }

    const opened = dependencies.database.calls.filter(({ name }) => name === "open_mcp_call");
    assertEquals(
      opened.map(({ args }) => (args as { p_session_hash: string | null }).p_session_hash !== null),
      [false, true, true],
    );
    assertEquals(JSON.stringify(opened).includes("session-1"), false);
  });
});

Deno.test("POST /mcp tells sessions apart however long their ids are", async () => {
  await withGateway(() => new Response("{}"), async ({ handle, dependencies }) => {
    const token = await issueGatewayToken();
    const sessions = ["a", "b"].map((end) => "session".repeat(100) + end);

    for (const session of [...sessions, ...sessions]) {
      await (await handle(callRequest(token, { headers: { "Mcp-Session-Id": session } }))).body?.cancel();
    }

    const opened = dependencies.database.calls.filter(({ name }) => name === "open_mcp_call");
    assertEquals(
      opened.map(({ args }) => (args as { p_session_hash: string | null }).p_session_hash),
      sessions.map(hashSecret),
    );
  });
});

Deno.test("POST /mcp mixes no two callers up", async () => {
  const answers = {
    open_mcp_call: async ({ p_family_id }: { p_family_id: string }) =>
      buildOpenCall({
        mcp_server_user_id: `mcpu_${p_family_id}`,
        access_token_ciphertext: await sealUpstreamToken(`token-of-${p_family_id}`),
      }),
  };
  const echo = (request: Request): Response => Response.json(request.headers.get("Authorization"));
  await withGateway(echo, async ({ handle }) => {
    const families = Array.from({ length: 20 }, (_, index) => `family-${index % 2}-${crypto.randomUUID()}`);

    const answers = await Promise.all(
      families.map(async (familyId) =>
        (await handle(callRequest(await issueGatewayToken({ familyId })))).json()
      ),
    );

    assertEquals(answers, families.map((familyId) => `Bearer token-of-${familyId}`));
  }, { answers: answers as never });
});

Deno.test("POST /mcp sends no upstream token to a server that takes none, and takes its 401 for its own", async () => {
  await withGateway(() => new Response(null, { status: 401 }), async ({ handle, dependencies, received }) => {
    const response = await handle(callRequest(await issueGatewayToken()));

    assertEquals(["authorization" in received[0]!.headers, "gatepost-user" in received[0]!.headers], [
      false,
      true,
    ]);
    await assertJson(response, 502, {
      error: "bad_gateway",
      error_description: "Cannot call the MCP server: it refused the gateway",
    });
    assertEquals(reasons(dependencies.logged), ["mcp_server_refused_gateway"]);
  }, { server: { upstream_authorization: "none" } });
});

Deno.test("POST /mcp follows no redirect and shows none", async () => {
  const away = (): Response => Response.redirect("http://169.254.169.254/latest/meta-data", 307);
  await withGateway(away, async ({ handle, received }) => {
    const response = await handle(callRequest(await issueGatewayToken()));

    assertEquals([response.headers.get("Location"), received.length], [null, 1]);
    await assertJson(response, 502, {
      error: "bad_gateway",
      error_description: "Cannot call the MCP server: it answered with a redirect",
    });
  });
});

Deno.test("POST /mcp is 503 when nobody runs the MCP server", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const upstream_url = `http://127.0.0.1:${listener.addr.port}/mcp`;
  listener.close();
  await withGateway(() => new Response(), async ({ handle, dependencies }) => {
    const response = await handle(callRequest(await issueGatewayToken()));

    assertEquals(response.headers.get("Retry-After"), "5");
    await assertJson(response, 503, {
      error: "temporarily_unavailable",
      error_description: "Cannot call the MCP server now: it is out of reach, try again",
    });
    assertEquals(reasons(dependencies.logged), ["mcp_server_unreachable"]);
  }, { server: { upstream_url } });
});

for (
  const upstream_url of [
    "http://127.0.0.1/mcp",
    "https://169.254.169.254/",
    "https://[::1]/mcp",
    "http://mcp.example.com/",
  ]
) {
  Deno.test(`POST /mcp does not call an MCP server at ${upstream_url}`, async () => {
    const dependencies = buildDependencies({
      find_mcp_server: { outcome: "found", server: buildServer({ upstream_url }) },
      open_mcp_call: buildOpenCall({
        access_token_ciphertext: await sealUpstreamToken("upstream-access-token"),
      }),
    });

    const response = await buildGatewayEndpoint(dependencies)(callRequest(await issueGatewayToken()));

    await assertJson(response, 502, {
      error: "bad_gateway",
      error_description: "Cannot call the MCP server: its address may not be used",
    });
    assertEquals(reasons(dependencies.logged), ["mcp_server_address_refused"]);
  });
}

Deno.test("POST /mcp refuses a call of more than four megabytes", async () => {
  await withGateway(() => new Response("{}"), async ({ handle }) => {
    const response = await handle(
      callRequest(await issueGatewayToken(), { body: new Uint8Array(4 * 1024 * 1024 + 1) }),
    );

    await assertJson(response, 413, {
      error: "payload_too_large",
      error_description: "Cannot forward call: it is larger than 4194304 bytes",
    });
  });
});

Deno.test("POST /mcp counts a call in chunks, whatever length it declares", async () => {
  await withGateway(() => new Response("{}"), async ({ handle }) => {
    const body = new Blob([new Uint8Array(4 * 1024 * 1024 + 1)]).stream();
    const headers = { "Content-Length": "2", "Transfer-Encoding": "chunked" };

    const response = await handle(
      callRequest(await issueGatewayToken(), { body, headers, duplex: "half" } as RequestInit),
    );

    await assertJson(response, 413, {
      error: "payload_too_large",
      error_description: "Cannot forward call: it is larger than 4194304 bytes",
    });
  });
});

Deno.test("GET /mcp forwards a call that declares a body of nothing", async () => {
  await withGateway(() => new Response("{}"), async ({ handle, received }) => {
    const init = { method: "GET", body: null, headers: { "Content-Length": "0" } };

    const response = await handle(callRequest(await issueGatewayToken(), init));
    await response.body?.cancel();

    assertEquals([response.status, received.map(({ method }) => method)], [200, ["GET"]]);
  });
});
