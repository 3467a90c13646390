import { assert, assertEquals } from "@std/assert";
import { useStack } from "../support/stack/stack.ts";
import { fillReturnedHeaders, toForwardedHeaders } from "../../functions/mcp/forward/headers.ts";
import { freshWorker, readStatuses, setGatewayScene } from "../support/stack/gateway_scene.ts";

const stack = await useStack();

Deno.test("headers of the protocol and of the MCP server's own pass, those of the connection, browser, proxies and login stay", () => {
  const forwarded = toForwardedHeaders(
    new Headers({
      "Accept": "text/event-stream",
      "Content-Type": "application/json",
      "Last-Event-ID": "7",
      "MCP-Protocol-Version": "2026-07-28",
      "Mcp-Session-Id": "session",
      "Mcp-Method": "tools/call",
      "Mcp-Name": "add",
      "Mcp-Param-Region": "eu",
      "X-Own": "passes",
      ...{ "Connection": "close, X-Named", "X-Named": "stays", "Keep-Alive": "1", "TE": "trailers" },
      ...{ "Transfer-Encoding": "chunked", "Upgrade": "h2c", "Trailer": "X-T", "Expect": "100-continue" },
      ...{
        "Proxy-Authorization": "Basic x",
        "Proxy-Connection": "close",
        "Content-Length": "3",
        "Host": "a",
      },
      ...{
        "Authorization": "Bearer ours",
        "Cookie": "a=b",
        "Origin": "https://a.example.com",
        "Referer": "b",
      },
      ...{
        "apikey": "sb_publishable",
        "Accept-Encoding": "gzip",
        "Forwarded": "for=1",
        "X-Forwarded-For": "1",
      },
      ...{ "Gatepost-User": "forged", "Gatepost-Tracking-Id": "t", "Gatepost_User": "forged", "X_Any": "y" },
    }),
  );

  assertEquals(Object.fromEntries(forwarded), {
    "accept": "text/event-stream",
    "accept-encoding": "identity",
    "content-type": "application/json",
    "last-event-id": "7",
    "mcp-method": "tools/call",
    "mcp-name": "add",
    "mcp-param-region": "eu",
    "mcp-protocol-version": "2026-07-28",
    "mcp-session-id": "session",
    "x-own": "passes",
  });
});

Deno.test("an answer brings no cookie, challenge or policy of the MCP server, and can run nothing on our origin", () => {
  const returned = new Headers();

  fillReturnedHeaders(
    returned,
    new Headers({
      "Content-Type": "text/html",
      "Mcp-Session-Id": "session",
      "MCP-Protocol-Version": "2025-11-25",
      "Retry-After": "3",
      "Allow": "POST",
      "X-RateLimit-Remaining": "passes",
      "X-Own": "is not named",
      ...{
        "Connection": "X-Named",
        "X-Named": "stays",
        "Transfer-Encoding": "chunked",
        "Content-Length": "9",
      },
      ...{ "Set-Cookie": "__Host-gatepost=planted", "WWW-Authenticate": "Basic", "Clear-Site-Data": '"*"' },
      ...{ "Content-Security-Policy": "script-src *", "Cache-Control": "public, max-age=600", "NEL": "{}" },
      ...{ "Strict-Transport-Security": "max-age=0", "Alt-Svc": "clear", "Service-Worker-Allowed": "/" },
      ...{
        "Access-Control-Allow-Origin": "https://a.example.com",
        "Access-Control-Allow-Credentials": "true",
      },
      ...{ "Authorization": "Bearer echoed", "Gatepost-User": "echoed", "Report-To": "{}" },
    }),
  );

  assertEquals(Object.fromEntries(returned), {
    "allow": "POST",
    "cache-control": "no-store, no-transform",
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "content-type": "text/html",
    "mcp-protocol-version": "2025-11-25",
    "mcp-session-id": "session",
    "retry-after": "3",
    "x-ratelimit-remaining": "passes",
  });
});

Deno.test("the MCP server receives the upstream's token and Gatepost's word for the user, whatever the client says", async () => {
  await using scene = await setGatewayScene(stack);

  await readStatuses([
    await scene.call({ "Cookie": "a=b", "Gatepost-User": "forged", "Gatepost_User": "forged", "X-Own": "1" }),
  ]);

  const request = scene.mcp.received[0]!;
  const text = JSON.stringify([...request.headers]);
  assert(request.bearer?.startsWith("upstream-access-"));
  assertEquals([text.includes(scene.accessToken), text.includes("forged"), text.includes("a=b")], [
    false,
    false,
    false,
  ]);
  assertEquals(request.headers.get("Gatepost-User")?.split(".").length, 3);
  assertEquals(request.headers.get("X-Own"), "1");
});

Deno.test("an answer through the whole stack carries neither cookie nor challenge, and no upstream token in any byte", async () => {
  await using scene = await setGatewayScene(stack);
  scene.mcp.program(({ bearer }) =>
    Response.json({ ok: true }, {
      headers: {
        "Set-Cookie": "planted=1",
        "WWW-Authenticate": "Bearer realm=x",
        "Authorization": `Bearer ${bearer}`,
      },
    })
  );

  const response = await scene.call();

  const everything = JSON.stringify([...response.headers]) + await response.text();
  assertEquals(
    ["planted", "realm=x", scene.mcp.received[0]!.bearer!, "upstream-"].filter((text) =>
      everything.includes(text)
    ),
    [],
  );
});

Deno.test("every refusal of the gateway is free of upstream tokens and text, whatever goes wrong", async () => {
  await using scene = await setGatewayScene(stack);
  const seen: string[] = [];
  for (const status of [400, 403, 404, 500, 503]) {
    scene.mcp.program(() => new Response("a sentence of the MCP server", { status }));
    const response = await scene.call();
    seen.push(JSON.stringify([...response.headers]) + await response.text());
    assertEquals(response.status, status);
  }
  scene.mcp.program(() => new Response("refused", { status: 401 }));
  const refused = await scene.call();
  seen.push(JSON.stringify([...refused.headers]) + await refused.text());

  const tokens = scene.mcp.received.map(({ bearer }) => bearer!);
  assertEquals(tokens.length > 5 && tokens.every((token) => token.startsWith("upstream-access-")), true);
  assertEquals(seen.filter((text) => tokens.some((token) => text.includes(token))), []);
});

Deno.test("the query of a client's URL follows the MCP server's own, whose parameters win", async () => {
  await using scene = await setGatewayScene(stack);
  await stack.sql`
    update public.mcp_servers set upstream_url = upstream_url || '?own=1' where id = ${scene.tenant.serverId}`;
  const queries: string[] = [];
  scene.mcp.program((_, raw) => {
    queries.push(new URL(raw.url).search);
    return new Response("{}");
  });
  await using worker = await freshWorker(scene);

  const response = await worker.handle(
    new Request(`http://edge/mcp/${scene.tenant.slug}?own=2&x=1`, {
      method: "POST",
      headers: { Authorization: `Bearer ${scene.accessToken}` },
      body: "{}",
    }),
  );

  assertEquals(await readStatuses([response]), [200]);
  assertEquals(queries, ["?own=1&x=1"]);
});
