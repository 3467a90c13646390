/**
 * What every proxy of `supabase/origin` has to do, before functions that Supabase's gateway stands before.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import type {
  OAuthClientInformationMixed,
  OAuthClientProvider,
  OAuthTokens,
} from "@modelcontextprotocol/client";
import { auth } from "@modelcontextprotocol/sdk/client/auth.js";
import { findFreePort } from "../../../supabase/local/ports.ts";
import { browserTest, closeChromium } from "../client/chromium.ts";
import {
  attemptAuthorization,
  callTool,
  discover,
  type Discovery,
  logInAndRedeem,
  register,
} from "../client/mcp_client.ts";
import { makeSdkMemory, recordRequests } from "../client/sdk_provider.ts";
import { useStack } from "../stack/stack.ts";
import { makeCertificate, OPENSSL } from "./certificate.ts";
import { type Project, startProject } from "./project.ts";
import { isMissing, type Proxy, type ProxyKind } from "./proxy.ts";

const JSON_TYPE = /^application\/json/;

/** Registers the tests of one proxy. */
export async function testProxy(kind: ProxyKind): Promise<void> {
  if (await isMissing(OPENSSL) || (kind.program !== undefined && await isMissing(kind.program))) {
    return;
  }
  const port = findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const folder = await makeFolder();
  const certificate = await makeCertificate(folder, [...kind.hosts]);
  const stack = await useStack("own", { env: { GATEPOST_PUBLIC_URL: origin } });
  const setup = { port, certificate, folder, defaultServer: "demo" };
  let project: Project;
  let proxy: Proxy;
  Deno.test.beforeAll(async () => {
    project = await startProject([...kind.hosts], kind.secure ? certificate : undefined);
    project.apiUrl = stack.status.API_URL;
    proxy = await kind.start({ ...setup, projectPort: project.port });
  });
  Deno.test.afterAll(async () => {
    await closeChromium();
    await proxy[Symbol.asyncDispose]();
    await project[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  });

  test("the official SDK is told by the 401 where to log in, and ends in a call", async () => {
    const memory = makeSdkMemory<OAuthClientInformationMixed, OAuthTokens>();
    const recorder = recordRequests(origin);
    const open = (): StreamableHTTPClientTransport =>
      new StreamableHTTPClientTransport(new URL(stack.status.MCP_URL), {
        authProvider: memory.provider as OAuthClientProvider,
        fetch: recorder.fetch,
      });
    const refused = open();
    await assertRejects(() => new Client({ name: "t", version: "1" }).connect(refused), UnauthorizedError);
    await refused.finishAuth(await memory.logIn({ userName: "ada" }));
    const client = new Client({ name: "t", version: "1" });
    await client.connect(open());

    const { content } = await client.callTool({ name: "add", arguments: { a: 2, b: 40 } });

    await client.close();
    assertEquals(content, [{ type: "text", text: "42" }]);
    assertEquals(recorder.requests.slice(0, 4), [
      "POST /mcp/demo 401",
      "GET /oauth/demo/.well-known/oauth-protected-resource 200",
      "GET /.well-known/oauth-authorization-server/oauth/demo 200",
      "POST /oauth-register/demo 201",
    ]);
  });

  test("the SDK logs in from the server's URL alone, and its code is good for a token", async () => {
    const memory = makeSdkMemory<OAuthClientInformationMixed, OAuthTokens>();
    const provider = { ...memory.provider, discoveryState: () => undefined } as Parameters<typeof auth>[0];
    const recorder = recordRequests(origin);
    const options = { serverUrl: `${stack.status.MCP_URL}/`, fetchFn: recorder.fetch };

    const asked = await auth(provider, options);
    const returned = await memory.logIn({ userName: "ada" });
    const [authorizationCode, iss] = ["code", "iss"].map((name) => returned.get(name)!) as [string, string];
    const redeemed = await auth(provider, { ...options, authorizationCode, iss });

    assertEquals([asked, redeemed], ["REDIRECT", "AUTHORIZED"]);
    assertEquals(recorder.requests.filter((request) => !request.startsWith("GET /.well-known/oauth-")), [
      "POST /oauth-register/demo 201",
      "POST /oauth-token/demo 200",
    ]);
    assertEquals(recorder.requests.every((request) => /20[01]$/.test(request)), true);
  });

  test("a client of 2025-03-26, which knows the origin alone, logs in to the default server", async () => {
    const document = await readJson(`${origin}/.well-known/oauth-authorization-server`);
    const resource = await readJson(`${origin}/.well-known/oauth-protected-resource/`);
    const discovery = {
      ...document,
      resource: resource["resource"],
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
    } as Discovery;

    const { tokens } = await logInAndRedeem(await register(discovery), { userName: "ada" });

    assertEquals([document["issuer"], resource["resource"]], [stack.status.ISSUER, stack.status.MCP_URL]);
    assertEquals(await callTool(stack.status.MCP_URL, tokens.access_token, "add", { a: 2, b: 40 }), "42");
  });

  test("without a default server nothing is at those paths", async () => {
    const another = { ...setup, port: findFreePort(), folder: await makeFolder(), defaultServer: "" };
    await using _proxy = await kind.start({ ...another, projectPort: project.port });
    const paths = ["authorize", "token", "register"].map((name) => `/${name}`)
      .concat(
        ["oauth-authorization-server", "oauth-protected-resource"].map((name) => `/.well-known/${name}`),
      );

    const answers = await Promise.all(paths.map(async (path) => {
      const response = await fetch(`http://127.0.0.1:${another.port}${path}`);
      const { error } = await response.json();
      return `${response.status} ${error}`;
    }));

    assertEquals(answers, paths.map(() => "404 not_found"));
    await Deno.remove(another.folder, { recursive: true });
  });

  const SHOWN: [name: string, findUrl: () => string | URL | Promise<URL>][] = [
    [
      "oauth-authorize",
      async () => attemptAuthorization(await register(await discover(stack.status.MCP_URL))).url,
    ],
    ["oauth-callback", () => `${origin}/oauth-callback/org_demo?state=unknown`],
    ["oauth-connections", () => `${origin}/oauth-connections/demo`],
    ["mcp", () => `${origin}/mcp/demo`],
  ];
  for (const [name, findUrl] of SHOWN) {
    test(`the platform makes text of what ${name} shows, and the proxy a page again`, async () => {
      const response = await fetch(await findUrl(), { headers: { Accept: "text/html" } });

      const nonce = /<style nonce="([^"]+)">/.exec(await response.text())?.[1];
      assert(nonce !== undefined);
      const names = [
        "Content-Type",
        "Content-Security-Policy",
        "X-Frame-Options",
        "Referrer-Policy",
        "Gatepost-Page",
      ];
      assertEquals(names.map((name) => response.headers.get(name)), [
        "text/html; charset=utf-8",
        `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`,
        "DENY",
        "same-origin",
        null,
      ]);
    });
  }

  browserTest(
    `${kind.name}: a person approves in a browser, logs in and is sent back with a code`,
    async (page) => {
      const attempt = attemptAuthorization(await register(await discover(stack.status.MCP_URL)));
      const returned = page.waitForRequest((request) =>
        request.url().startsWith("http://127.0.0.1:4321/callback")
      );

      await page.goto(attempt.url.href);
      await page.getByRole("button", { name: "Approve" }).click();
      await page.locator("input[name=login]").fill("ada");
      await page.locator("input[name=password]").fill("any");
      await page.locator("button[type=submit]").click();
      await page.getByRole("button", { name: "Continue" }).click();

      const { searchParams } = new URL((await returned).url());
      assertEquals([searchParams.has("code"), searchParams.get("state")], [true, attempt.state]);
    },
  );

  test("no other answer becomes a page, whatever it says", async () => {
    const headers = { "Content-Type": "text/plain", "Gatepost-Page": "default-src *" };
    // Of an MCP server no such header comes that far: the gateway takes it out (tests/endpoints/mcp_forward_test.ts).
    for (
      const path of [
        "/oauth-register/demo",
        "/oauth-token/demo",
        "/oauth-jwks",
        "/oauth/demo/oauth-authorize/x",
      ]
    ) {
      using _answer = answerWith(project, () => new Response("<script>", { headers }));

      const response = await fetch(origin + path, { method: "POST" });

      assertEquals(await response.text(), "<script>");
      assertEquals(
        ["Content-Type", "Content-Security-Policy"].map((name) => response.headers.get(name)),
        ["text/plain", null],
      );
    }
  });

  test("an answer does not steer the proxy", async () => {
    const headers = {
      "X-Accel-Redirect": "/oauth-jwks",
      "X-Accel-Limit-Rate": "1",
      "X-Sendfile": "/etc/hostname",
    };
    using _answer = answerWith(project, () => new Response("as it is", { headers }));

    const response = await fetch(`${origin}/mcp/demo`, { method: "POST" });

    assertEquals([response.status, await response.text()], [200, "as it is"]);
    assertEquals(project.received.at(-1)?.path, "/functions/v1/mcp/demo");
  });

  test("each event of a stream arrives before the next one is sent", async () => {
    const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
    using _answer = answerWith(project, () => streamEvents(gates));

    gates[0]!.resolve();
    const response = await fetch(`${origin}/mcp/demo`, { headers: { "Accept-Encoding": "gzip, br" } });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const heard = [];
    for (const gate of [gates[1], gates[2], undefined]) {
      heard.push(await Promise.race([readEvent(reader), waitForNothing()]));
      gate?.resolve();
    }

    assertEquals(heard, ["data: 1", "data: 2", "data: 3"]);
    assertEquals((await reader.read()).done, true);
    assertEquals(response.headers.get("Content-Type"), "text/event-stream");
  });

  test("when a client leaves a stream the function is told", async () => {
    const left = Promise.withResolvers<void>();
    using _answer = answerWith(project, () => streamUntilCancelled(left.resolve));
    const leave = new AbortController();

    const response = await fetch(`${origin}/mcp/demo`, { signal: leave.signal });
    await response.body!.getReader().read();
    leave.abort();

    assertEquals(await Promise.race([left.promise.then(() => "told"), waitForNothing()]), "told");
  });

  test("method, query, headers, body and cookies pass, and of the caller only what the proxy knows", async () => {
    project.received.length = 0;
    using _answer = answerWith(project, async (request) => {
      const headers = new Headers({ "Content-Type": "application/json", "Mcp-Session-Id": "s" });
      headers.append("Set-Cookie", "a=1; Path=/");
      headers.append("Set-Cookie", "b=2; Path=/");
      return new Response(JSON.stringify({ heard: await request.text() }), { status: 418, headers });
    });
    const sent = {
      "Authorization": "Bearer t",
      "Cookie": "c=3",
      "Mcp-Method": "ping",
      "CDN-Loop": 'gatepost; mark="m"',
      "Origin": "https://claude.ai",
    };

    // Before a worker Cloudflare itself has written the header.
    const forged = kind.program === undefined ? FORGED : { ...FORGED, "CF-Connecting-IP": "6.6.6.6" };

    const response = await fetch(`${origin}/mcp/demo/?a=%20b&c=d+e`, {
      method: "POST",
      headers: { ...sent, ...forged },
      body: "{}",
    });

    assertEquals([response.status, await response.json()], [418, { heard: "{}" }]);
    assertEquals(response.headers.getSetCookie(), ["a=1; Path=/", "b=2; Path=/"]);
    assertEquals(response.headers.get("Mcp-Session-Id"), "s");
    const [received] = project.received;
    assertEquals(
      [received?.host, received?.method, received?.path],
      [kind.hosts[0], "POST", "/functions/v1/mcp/demo/?a=%20b&c=d+e"],
    );
    assertEquals(Object.keys(sent).map((name) => received?.headers.get(name)), Object.values(sent));
    assertEquals([...received!.headers].filter(([, value]) => /evil|6\.6\.6\.6/.test(value)), []);
    assertEquals(received?.headers.get("X-Real-IP"), "127.0.0.1");
  });

  test("a forged address changes no document", async () => {
    const url = `${stack.status.ISSUER}/.well-known/openid-configuration`;

    const [honest, forged] = [await fetch(url), await fetch(url, { headers: FORGED })];

    assertEquals(await forged.text(), await honest.text());
  });

  test("a redirect is the client's to follow, however long", async () => {
    const location = `https://login.example.com/authorize?state=${"x".repeat(12_000)}`;
    using _answer = answerWith(
      project,
      () => new Response(null, { status: 303, headers: { Location: location } }),
    );

    const response = await fetch(`${origin}/oauth-authorize/demo`, { method: "POST", redirect: "manual" });
    await response.body?.cancel();

    assertEquals([response.status, response.headers.get("Location")], [303, location]);
  });

  test("a call that the gateway takes passes, a larger one gets 413 in JSON", async () => {
    using _answer = answerWith(
      project,
      async (request) => Response.json((await request.arrayBuffer()).byteLength),
    );
    const [most, tooMany] = [4 * 1024 * 1024, 6 * 1024 * 1024];
    const taken = await fetch(`${origin}/mcp/demo`, { method: "POST", body: new Uint8Array(most) });
    const refused = await sendRaw(
      port,
      `POST /mcp/demo HTTP/1.1\r\nContent-Length: ${tooMany}`,
      new Uint8Array(kind.refusesByLength ? 0 : tooMany),
    );

    assertEquals([taken.status, await taken.json()], [200, most]);
    assertEquals(refused.status, 413);
    assertMatch(refused.text, /\r\nContent-Type: application\/json/i);
  });

  const NOWHERE = [
    "/",
    "/index.html",
    "/favicon.ico",
    "/.well-known",
    "/.well-known/security.txt",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/oauth",
    "/.well-known/openid-configuration/oauth/demo/more",
    "/.well-known/oauth-protected-resource/functions/v1/mcp/demo",
    "/functions/v1/mcp/demo",
    "/rest/v1/",
    "/auth/v1/token",
    "/storage/v1/object/public/x",
    "/oauthx/demo",
    "/mcpx",
    "/mcp/demo%2f..%2f..%2frest",
    "/mcp/a b",
    "/mcp/%0d%0aX:y",
  ];
  for (const path of NOWHERE) {
    test(`the proxy answers 404 in JSON at ${path}`, async () => {
      project.received.length = 0;

      const response = await fetch(origin + path);

      assertEquals([response.status, (await response.json()).error], [404, "not_found"]);
      assertEquals(JSON_TYPE.test(response.headers.get("Content-Type") ?? ""), true);
      assertEquals(project.received.map(({ path }) => path), []);
    });
  }

  /** Sent as they are, which no `fetch` does. */
  const CLIMBING = [
    "/mcp/../rest/v1/x",
    "/mcp/../../../rest/v1/x",
    "/mcp/demo/../../../rest/v1/x",
    "/mcp/%2e%2e/%2e%2e/%2e%2e/rest/v1/x",
    "/mcp/demo/..%2f..%2f..%2frest/v1/x",
    "/rest/v1/x/../../../mcp/demo",
    "/mcp/demo/..;/..;/rest/v1/x",
    "/mcp/demo\\..\\..\\rest",
    "//rest/v1/x",
    "//mcp//demo",
  ];
  for (const path of CLIMBING) {
    test(`a request for ${path} reaches nothing but a function`, async () => {
      project.received.length = 0;

      const { status } = await sendRaw(port, `GET ${path} HTTP/1.1`);

      const paths = project.received.map(({ path }) => path);
      assertEquals(paths.filter((path) => !/^\/functions\/v1\/(mcp|oauth)[a-z/-]*$/.test(path)), []);
      assert(status >= 300 && status < 500, `it answers ${status}`);
    });
  }

  for (
    const path of [
      "/mcp/elsewhere",
      "/oauth-callback/elsewhere",
      "/.well-known/oauth-protected-resource/mcp/elsewhere",
    ]
  ) {
    test(`a name that another project serves is asked of that project: ${path}`, async () => {
      project.received.length = 0;
      using _answer = answerWith(project, () => Response.json({}));

      await (await fetch(origin + path)).body?.cancel();
      await (await fetch(origin + path.replace("elsewhere", "constructor"))).body?.cancel();

      assertEquals(project.received.map(({ host }) => host), [kind.hosts[1], kind.hosts[0]]);
    });
  }

  test("while the project is out of reach a call gets 503 in JSON, and is asked to come again", async () => {
    const another = { ...setup, port: findFreePort(), folder: await makeFolder() };
    await using _proxy = await kind.start({ ...another, projectPort: findFreePort() });

    const response = await fetch(`http://127.0.0.1:${another.port}/mcp/demo`, { method: "POST" });

    assertEquals([response.status, (await response.json()).error], [503, "temporarily_unavailable"]);
    assertEquals(response.headers.get("Retry-After"), "5");
    assertEquals(JSON_TYPE.test(response.headers.get("Content-Type") ?? ""), true);
    await Deno.remove(another.folder, { recursive: true });
  });

  function test(name: string, fn: () => Promise<void>): void {
    Deno.test(`${kind.name}: ${name}`, fn);
  }
}

/** What a caller may say of its address. */
const FORGED = {
  "Forwarded": "for=6.6.6.6;host=evil.example;proto=http",
  "X-Forwarded-For": "6.6.6.6",
  "X-Forwarded-Host": "evil.example",
  "X-Forwarded-Port": "6666",
  "X-Forwarded-Proto": "evil",
  "X-Forwarded-Prefix": "/evil",
  "X-Real-IP": "6.6.6.6",
};

/** Root hands some programs to another user, who has to pass through. */
async function makeFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-origin-" });
  await Deno.chmod(folder, 0o711);
  return folder;
}

/** Answers in place of the functions until it is disposed. */
function answerWith(project: Project, answer: NonNullable<Project["answer"]>): Disposable {
  project.answer = answer;
  return {
    [Symbol.dispose](): void {
      delete project.answer;
    },
  };
}

/** A proxy that buffers sends small events on in time: it is the end of one larger than its buffer that waits. */
const PADDING = " ".repeat(40_000);

async function readEvent(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let event = "";
  while (!event.endsWith("\n\n")) {
    event += (await reader.read()).value ?? "\n\n";
  }
  return event.trimEnd();
}

function streamEvents(gates: PromiseWithResolvers<void>[]): Response {
  let sent = 0;
  const body = new ReadableStream({
    async pull(controller): Promise<void> {
      if (sent === gates.length) {
        return controller.close();
      }
      await gates[sent]!.promise;
      controller.enqueue(new TextEncoder().encode(`data: ${++sent}${PADDING}\n\n`));
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

function streamUntilCancelled(onCancelled: () => void): Response {
  let timer: ReturnType<typeof setInterval>;
  const body = new ReadableStream({
    start(controller): void {
      const send = (): void => controller.enqueue(new TextEncoder().encode(": still here\n\n"));
      send();
      timer = setInterval(send, 50);
    },
    cancel(): void {
      clearInterval(timer);
      onCancelled();
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

/** Ends a test that would wait for ever. */
async function waitForNothing(): Promise<string> {
  await new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, 10_000)));
  return "nothing within ten seconds";
}

async function readJson(url: string): Promise<Record<string, unknown>> {
  return await (await fetch(url)).json();
}

/** Sends the head of a request as it is and, if it has one, a body, and reads what is answered at first. */
async function sendRaw(port: number, head: string, body = new Uint8Array()): Promise<RawAnswer> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(`${head}\r\nHost: 127.0.0.1:${port}\r\n\r\n`));
  // Who refuses a body need not read it to its end.
  writer.write(body).catch(() => undefined);
  const answer = new Uint8Array(4096);
  const length = await connection.read(answer) ?? 0;
  const text = new TextDecoder().decode(answer.subarray(0, length));
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
}

interface RawAnswer {
  status: number;
  text: string;
}
