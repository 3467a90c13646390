import { assert, assertEquals, assertRejects } from "@std/assert";
import { useStack } from "../support/stack/stack.ts";
import {
  buildCall,
  freshWorker,
  type GatewayScene,
  PING,
  readStatuses,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { buildCheckServerAddress } from "../../functions/mcp/forward/address.ts";
import { startBrokenServer } from "../support/mcp_server/broken.ts";

const stack = await useStack();
const encoder = new TextEncoder();

/** Reads the next piece of a body as text. */
async function readNext(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value, done } = await reader.read();
  return done ? undefined : new TextDecoder().decode(value);
}

Deno.test("an event reaches the client before the next one is sent", async () => {
  const next = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  await using scene = await setGatewayScene(stack, {
    mcp: () => {
      let sent = 0;
      return new Response(
        new ReadableStream({
          async pull(controller): Promise<void> {
            if (sent === next.length) {
              return controller.close();
            }
            await next[sent]!.promise;
            controller.enqueue(encoder.encode(`data: ${sent++}\n\n`));
          },
        }),
        { headers: { "Content-Type": "text/event-stream" } },
      );
    },
  });

  next[0]!.resolve();
  const response = await scene.call({ "Accept-Encoding": "gzip, br" });
  const reader = response.body!.getReader();
  const heard: unknown[] = [];
  for (const gate of [...next.slice(1), undefined]) {
    heard.push(await readNext(reader));
    gate?.resolve();
  }

  assertEquals([...heard, await readNext(reader)], [
    "data: 0\n\n",
    "data: 1\n\n",
    "data: 2\n\n",
    undefined,
  ]);
  assertEquals(response.headers.get("Content-Encoding"), null);
});

Deno.test("an MCP server is not read ahead of a client that does not read", async () => {
  const [megabyte, most] = [new Uint8Array(1024 * 1024), 64];
  let sent = 0;
  await using scene = await setGatewayScene(stack, {
    mcp: ({ headers }) =>
      headers.has("X-Stream") ? new Response(streamMegabytes(4 * most)) : Response.json({}),
  });
  await using worker = await freshWorker(scene);

  const response = await worker.call(scene, { headers: { "X-Stream": "1" } });
  // Other calls are the clock: time enough for a gateway that reads ahead to go too far.
  for (let calls = 0; calls < 500 && sent <= most; calls++) {
    await readStatuses([await worker.call(scene)]);
  }

  assert(sent <= most, `${sent} MB were sent, and none was read`);
  let received = 0;
  for await (const chunk of response.body!) {
    received += chunk.length;
  }
  assertEquals([received, sent], [4 * most * megabyte.length, 4 * most]);

  function streamMegabytes(count: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      pull(controller): void {
        if (sent === count) {
          return controller.close();
        }
        sent++;
        controller.enqueue(megabyte);
      },
    }, { highWaterMark: 0 });
  }
});

Deno.test("a request reaches the MCP server while the client is still sending it", async () => {
  const reached = Promise.withResolvers<string | undefined>();
  await using scene = await setGatewayScene(stack, {
    mcp: async (_, raw) => {
      const reader = raw.body!.getReader();
      reached.resolve(await readNext(reader));
      return Response.json({ rest: await readNext(reader) });
    },
  });
  const body = new ReadableStream<Uint8Array>({
    async start(controller): Promise<void> {
      controller.enqueue(encoder.encode("first "));
      await reached.promise;
      controller.enqueue(encoder.encode("second"));
      controller.close();
    },
  });

  const response = await fetch(scene.tenant.mcpUrl, {
    method: "POST",
    headers: { "Authorization": `Bearer ${scene.accessToken}`, "X-Leave-Body": "1" },
    body,
  });

  assertEquals([await reached.promise, await response.json()], ["first ", { rest: "second" }]);
});

Deno.test("a small request tells its length, which some servers demand", async () => {
  await using scene = await setGatewayScene(stack);

  await readStatuses([await scene.call()]);

  const [request] = scene.mcp.received;
  assertEquals(request?.headers.get("Content-Length"), String(request?.body.length));
  assertEquals(request?.body, JSON.stringify({ jsonrpc: "2.0", ...PING }));
});

for (const bytes of [0, 1, 65_536, 65_537, 1_000_000, 4 * 1024 * 1024]) {
  Deno.test(`a request and an answer of ${bytes} bytes pass unchanged`, async () => {
    const body = new Uint8Array(bytes).map((_, index) => index * 31);
    await using scene = await setGatewayScene(stack, {
      mcp: async (_, raw) => new Response(await raw.arrayBuffer()),
    });

    const response = await fetch(scene.tenant.mcpUrl, {
      method: "POST",
      headers: { "Authorization": `Bearer ${scene.accessToken}`, "X-Leave-Body": "1" },
      body,
    });

    const answer = new Uint8Array(await response.arrayBuffer());
    assertEquals([response.status, answer.length, answer.every((byte, index) => byte === body[index])], [
      200,
      bytes,
      true,
    ]);
  });
}

for (const [name, isDeclared] of [["that says so", true], ["that does not say so", false]] as const) {
  Deno.test(`a request of more than 4 MB ${name} is answered 413`, async () => {
    await using scene = await setGatewayScene(stack);
    const bytes = new Uint8Array(4 * 1024 * 1024 + 1);

    const response = await fetch(scene.tenant.mcpUrl, {
      method: "POST",
      headers: { Authorization: `Bearer ${scene.accessToken}` },
      body: isDeclared ? bytes : new Blob([bytes]).stream(),
    });

    assertEquals([response.status, await response.json()], [413, {
      error: "payload_too_large",
      error_description: "Cannot forward call: it is larger than 4194304 bytes",
    }]);
  });
}

for (const kind of ["stack", "worker"] as const) {
  Deno.test(`a client that goes away in the middle of a stream is noticed by the MCP server (${kind})`, async () => {
    const cancelled = Promise.withResolvers<void>();
    await using scene = await setGatewayScene(stack, { mcp: () => streamUntil(cancelled.resolve) });
    await using worker = await freshWorker(scene);
    const abort = new AbortController();

    const response = kind === "stack"
      ? await fetch(scene.tenant.mcpUrl, buildInit(scene, abort.signal))
      : await worker.call(scene);
    const reader = response.body!.getReader();
    await reader.read();
    abort.abort();
    await reader.cancel().catch(() => undefined);

    await cancelled.promise;
  });
}

Deno.test("a client that goes away while the MCP server is silent is noticed by it", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using scene = await setGatewayScene(stack, {
    mcp: () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(encoder.encode("data: 1\n\n")),
          cancel: () => cancelled.resolve(),
        }),
        { headers: { "Content-Type": "text/event-stream" } },
      ),
  });
  const abort = new AbortController();

  const response = await fetch(scene.tenant.mcpUrl, buildInit(scene, abort.signal));
  const reader = response.body!.getReader();
  await reader.read();
  abort.abort();
  await reader.cancel().catch(() => undefined);

  await cancelled.promise;
});

Deno.test("a client that goes away before the answer is noticed by the MCP server", async () => {
  const [reached, cancelled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using scene = await setGatewayScene(stack, {
    mcp: ({ signal }) => {
      signal.addEventListener("abort", () => cancelled.resolve());
      reached.resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  const abort = new AbortController();

  const call = fetch(scene.tenant.mcpUrl, buildInit(scene, abort.signal));
  await reached.promise;
  abort.abort();

  await assertRejects(() => call);
  await cancelled.promise;
});

for (
  const [name, answer] of [
    ["a chunked stream", "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n"],
    ["a body of known length", "Content-Length: 100\r\n\r\ndata: 1\n\n"],
  ] as const
) {
  Deno.test(`an MCP server that dies in the middle of ${name} is an error to the client, not the end`, async () => {
    using server = startBrokenServer(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${answer}`);
    await using scene = await setGatewayScene(stack, { server: { upstream_url: server.url } });

    const response = await scene.call();
    const reader = response.body!.getReader();
    const first = await readNext(reader);
    server.die();

    assertEquals([response.status, first], [200, "data: 1\n\n"]);
    await assertRejects(() => reader.read());
  });
}

Deno.test("an MCP server that dies before it answers, or is not there, is 503 with Retry-After", async () => {
  using dying = startBrokenServer("");
  await using scene = await setGatewayScene(stack, { server: { upstream_url: dying.url } });
  await using absent = await setGatewayScene(stack, { server: { upstream_url: "http://127.0.0.1:9/mcp" } });
  dying.die();

  for (const response of [await scene.call(), await absent.call()]) {
    assertEquals([response.status, response.headers.get("Retry-After"), await response.json()], [503, "5", {
      error: "temporarily_unavailable",
      error_description: "Cannot call the MCP server now: it is out of reach, try again",
    }]);
  }
});

Deno.test("a redirect of the MCP server is not followed, and not shown", async () => {
  await using scene = await setGatewayScene(stack, {
    mcp: () => Response.redirect("http://127.0.0.1:9/elsewhere", 307),
  });

  const response = await scene.call();

  assertEquals([response.status, response.headers.get("Location"), await response.json()], [502, null, {
    error: "bad_gateway",
    error_description: "Cannot call the MCP server: it answered with a redirect",
  }]);
});

Deno.test("an answer that ends a stream of nothing passes: 202, 204, 304, 404 and 405 with Allow", async () => {
  await using scene = await setGatewayScene(stack);

  for (const status of [202, 204, 304, 404, 405]) {
    scene.mcp.program(() => new Response(null, { status, headers: { Allow: "POST" } }));
    const response = await scene.call();
    assertEquals([response.status, response.headers.get("Allow"), await response.text()], [
      status,
      "POST",
      "",
    ]);
  }
});

const origins: [string, number][] = [
  ["https://app.example.com", 200],
  ["https://app.example.com:8443", 200],
  ["http://localhost:6274", 200],
  ["http://127.0.0.1:6274", 200],
  ["http://[::1]:6274", 200],
  ["http://app.example.com", 403],
  ["http://localhost.example.com", 403],
  ["https://app.example.com/path", 403],
  ["https://user@app.example.com", 403],
  ["null", 403],
  ["file://", 403],
  ["javascript:alert(1)", 403],
];
for (const [origin, status] of origins) {
  Deno.test(`a call from the origin ${origin} is answered ${status}`, async () => {
    await using scene = await setGatewayScene(stack);

    const response = await scene.call({ Origin: origin });

    assertEquals(await readStatuses([response]), [status]);
    assertEquals(scene.mcp.received.length, status === 200 ? 1 : 0);
    assert(scene.mcp.received.every(({ headers }) => !headers.has("Origin")));
  });
}

for (
  const [url, reason] of [
    ["http://localhost/mcp", "plain http"],
    ["https://127.0.0.1/mcp", "loopback"],
    ["https://[::ffff:169.254.169.254]/mcp", "a mapped link-local address"],
  ] as const
) {
  Deno.test(`an MCP server at ${reason} is not called where private addresses are not allowed`, async () => {
    await using scene = await setGatewayScene(stack);
    await using worker = await freshWorker(scene, { config: { allowPrivateUpstreams: false } });
    await stack.sql`update public.mcp_servers set upstream_url = ${url} where id = ${scene.tenant.serverId}`;

    const response = await worker.call(scene);

    assertEquals([response.status, (await response.json()).error_description], [
      502,
      "Cannot call the MCP server: its address may not be used",
    ]);
  });
}

Deno.test("a name that leads to a private address is not called either, and a public one is asked for once a minute", async () => {
  let [now, asked] = [0, 0];
  const check = buildCheckServerAddress(
    { allowPrivateUpstreams: false, now: () => now },
    (host) => {
      asked++;
      return Promise.resolve([host === "private.example.com" ? "10.0.0.7" : "93.184.215.14"]);
    },
  );

  const error = await assertRejects(() => check("https://private.example.com/mcp", "org_1"), OAuthError);
  asked = 0;
  for (now of [0, 59_000, 61_000]) {
    await check("https://mcp.example.com/mcp", "org_1");
  }

  assertEquals([error.code, error.reason, asked], ["bad_gateway", "mcp_server_address_refused", 2]);
});

function buildInit(scene: GatewayScene, signal: AbortSignal): RequestInit {
  return { method: "POST", headers: buildCall(scene).headers, body: "{}", signal };
}

/** A stream that goes on until it is cancelled. */
function streamUntil(cancelled: () => void): Response {
  let timer: ReturnType<typeof setInterval> | undefined;
  return new Response(
    new ReadableStream({
      start(controller): void {
        timer = setInterval(() => controller.enqueue(encoder.encode("data: tick\n\n")), 20);
      },
      cancel(): void {
        clearInterval(timer);
        cancelled();
      },
    }),
    { headers: { "Content-Type": "text/event-stream" } },
  );
}
