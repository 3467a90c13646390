import { assertEquals } from "@std/assert";
import type { McpServer } from "../../functions/_shared/database/rows.ts";
import { buildGatewayEndpoint } from "../../functions/mcp/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { NOW } from "../support/functions/dependencies.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import {
  callRequest,
  type Gateway,
  holdSecondEvent,
  issueGatewayToken,
  sealUpstreamToken,
  withGateway,
} from "../support/mcp_server/gateway_setup.ts";
import { buildServer } from "../support/database/records.ts";

const METADATA = "https://auth.example.com/oauth/demo/.well-known/oauth-protected-resource";
const LACKING = "Cannot call this server: the access token lacks a scope";

const SERVER: Partial<McpServer> = {
  scopes_supported: ["openid", "read", "write", "audit", "admin", "offline_access"],
  scope_rules: [
    { method: "tools/call", name: "delete_*", scopes: ["write", "audit"] },
    { method: "resources/*", scopes: ["read"] },
  ],
  scope_hierarchy: { admin: ["write", "audit"], write: ["read"] },
};

/** Runs a step with a gateway whose server has rules. */
function withRules(
  step: (gateway: Gateway) => Promise<void>,
  server: Partial<McpServer> = {},
): Promise<void> {
  return withGateway(() => Response.json({ answered: true }), step, { server: { ...SERVER, ...server } });
}

/** A call of a tool as JSON. */
function toolCall(name: string): Record<string, unknown> {
  return { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } };
}

/** Posts a message with a token of these scopes. */
async function post(
  { handle }: Gateway,
  scope: string,
  message: unknown,
  init: RequestInit = {},
): Promise<Response> {
  return await handle(callRequest(await issueGatewayToken({ scope }), {
    body: typeof message === "string" ? message : JSON.stringify(message),
    ...init,
    headers: { "Content-Type": "application/json", ...init.headers as Record<string, string> },
  }));
}

/** Fails unless a call was refused with one challenge that asks for these scopes. */
async function assertChallenged(response: Response, scope: string): Promise<void> {
  assertEquals(
    response.headers.get("WWW-Authenticate"),
    `Bearer error="insufficient_scope", error_description="${LACKING}", resource_metadata="${METADATA}", scope="${scope}"`,
  );
  await assertJson(response, 403, { error: "insufficient_scope", error_description: LACKING });
}

Deno.test("POST /mcp challenges a call that lacks scopes for all of them at once, and neither opens nor forwards it", async () => {
  await withRules(async (gateway) => {
    const response = await post(gateway, "openid read", toolCall("delete_all"));

    await assertChallenged(response, "openid write audit");
    assertEquals(gateway.received.length, 0);
    assertEquals(gateway.dependencies.database.calls.map(({ name }) => name), ["find_mcp_server"]);
    assertEquals(reasons(gateway.dependencies.logged), ["insufficient_scope"]);
  });
});

Deno.test("POST /mcp challenges a batch for what any of its messages lacks, and for the server's own scopes", async () => {
  await withRules(async (gateway) => {
    const batch = [
      toolCall("echo"),
      { jsonrpc: "2.0", id: 2, method: "resources/list" },
      toolCall("delete_one"),
    ];

    await assertChallenged(await post(gateway, "openid", batch), "openid admin read write audit");
    assertEquals(gateway.received.length, 0);
  }, { required_scopes: ["admin"], scope_hierarchy: {} });
});

const PASSING: [what: string, scope: string, message: unknown][] = [
  ["a call that no rule is for", "openid", toolCall("echo")],
  ["a call with what its rule demands", "write audit", toolCall("delete_all")],
  ["a call with what includes that", "admin", toolCall("delete_all")],
  ["what a scope includes over two steps", "admin", {
    method: "resources/read",
    params: { uri: "file:///a" },
  }],
  ["the answer to a request of the server's", "openid", {
    jsonrpc: "2.0",
    id: 7,
    result: { name: "delete_all" },
  }],
  ["a notification", "openid", { jsonrpc: "2.0", method: "notifications/initialized" }],
];
for (const [what, scope, message] of PASSING) {
  Deno.test(`POST /mcp forwards ${what}, byte for byte`, async () => {
    await withRules(async (gateway) => {
      const body = ` ${JSON.stringify(message, null, 1)}\n`;

      const response = await post(gateway, scope, body);

      await assertJson(response, 200, { answered: true });
      assertEquals(gateway.received.map(({ body }) => body), [body]);
    });
  });
}

for (const method of ["GET", "DELETE"]) {
  Deno.test(`${method} /mcp needs the server's own scopes and no rule's, where it has no body`, async () => {
    await withRules(async (gateway) => {
      const call = async (scope: string): Promise<Response> =>
        await gateway.handle(callRequest(await issueGatewayToken({ scope }), { method, body: null }));

      await assertChallenged(await call("openid"), "openid read");
      await assertJson(await call("write"), 200, { answered: true });
      assertEquals(gateway.received.map(({ method, body }) => [method, body]), [[method, ""]]);
    }, { required_scopes: ["read"] });
  });
}

Deno.test("DELETE /mcp with a message is held to the rules: a server may take it for a POST", async () => {
  await withRules(async (gateway) => {
    const override = { method: "DELETE", headers: { "X-HTTP-Method-Override": "POST" } };

    await assertChallenged(
      await post(gateway, "openid", toolCall("delete_all"), override),
      "openid write audit",
    );
    assertEquals(gateway.received.length, 0);
  });
});

const UNREADABLE: [
  what: string,
  message: string,
  headers: Record<string, string>,
  status: number,
  sentence: string,
][] = [
  ["that is not JSON", "tools/call", {}, 400, "the body is not JSON"],
  [
    "that says its method twice",
    '{"method":"tools/list","method":"tools/call","params":{"name":"delete_all"}}',
    {},
    400,
    "the body says a thing twice",
  ],
  [
    "whose header names another tool",
    JSON.stringify(toolCall("delete_all")),
    { "Mcp-Method": "tools/call", "Mcp-Name": "echo" },
    400,
    "its headers and its body disagree",
  ],
  [
    "in UTF-7",
    JSON.stringify(toolCall("echo")),
    { "Content-Type": "application/json; charset=utf-8; charset=utf-7" },
    415,
    "the body must be application/json in UTF-8, without an encoding",
  ],
];
for (const [what, message, headers, status, sentence] of UNREADABLE) {
  Deno.test(`POST /mcp forwards no call ${what}, whatever the token may`, async () => {
    await withRules(async (gateway) => {
      const response = await post(gateway, "admin", message, { headers });

      assertEquals(response.headers.get("WWW-Authenticate"), null);
      await assertJson(response, status, {
        error: status === 415 ? "unsupported_media_type" : "invalid_request",
        error_description: `Cannot forward call: ${sentence}`,
      });
      assertEquals(gateway.received.length, 0);
      assertNothingLogged(gateway.dependencies.logged, ["delete_all"]);
    });
  });
}

Deno.test("POST /mcp reads no body of a server without rules: what is no JSON passes, too", async () => {
  await withRules(async (gateway) => {
    const response = await post(gateway, "openid", "no JSON", { headers: { "Content-Type": "text/plain" } });

    await assertJson(response, 200, { answered: true });
    assertEquals(gateway.received[0]?.body, "no JSON");
  }, { scope_rules: [] });
});

Deno.test("POST /mcp asks who calls before it reads a body", async () => {
  await withRules(async ({ handle, received }) => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller): void {
        pulled++;
        controller.enqueue(new Uint8Array(1024));
      },
    }, { highWaterMark: 0 });

    const response = await handle(callRequest(undefined, { body, duplex: "half" } as RequestInit));
    await response.body?.cancel();

    assertEquals([response.status, pulled, received.length], [401, 0, 0]);
  });
});

for (const declares of [true, false]) {
  Deno.test(`POST /mcp reads four megabytes of a call and no more, where its length is ${declares ? "" : "not "}declared`, async () => {
    await withRules(async (gateway) => {
      const most = 4 * 1024 * 1024;
      const text = (bytes: number): string => JSON.stringify(toolCall("echo")).padEnd(bytes);
      const send = async (bytes: number): Promise<Response> => {
        const body = declares ? text(bytes) : new Blob([text(bytes)]).stream();
        const headers = {
          "Content-Type": "application/json",
          ...(declares ? { "Content-Length": `${bytes}` } : {}),
        };
        const token = await issueGatewayToken({ scope: "openid" });
        return await gateway.handle(callRequest(token, { body, headers, duplex: "half" } as RequestInit));
      };

      await assertJson(await send(most), 200, { answered: true });
      await assertJson(await send(most + 1), 413, {
        error: "payload_too_large",
        error_description: `Cannot read body: it is larger than ${most} bytes`,
      });
      assertEquals(gateway.received.map(({ body }) => body.length), [most]);
    });
  });
}

Deno.test("POST /mcp hands the events of a permitted call on as they come", async () => {
  const { events, readFirst } = holdSecondEvent();
  await withGateway(events, async (gateway) => {
    const response = await post(gateway, "admin", toolCall("delete_all"));

    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader.read();
    readFirst();
    const second = await reader.read();
    assertEquals([first.value, second.value, (await reader.read()).done], [
      "data: 1\n\n",
      "data: 2\n\n",
      true,
    ]);
  }, { server: SERVER });
});

Deno.test("POST /mcp sends a permitted call again, body and all, when its first upstream token is refused", async () => {
  const answer = (_: Request, round: number): Response =>
    new Response("{}", { status: round === 1 ? 401 : 200 });
  const fresh = {
    outcome: "fresh" as const,
    access_token_ciphertext: await sealUpstreamToken("second-token"),
    expires_at: null,
    refreshed_at: null,
  };
  await withGateway(answer, async (gateway) => {
    const message = toolCall("echo");

    const response = await post(gateway, "openid", message);
    await response.body?.cancel();

    assertEquals(response.status, 200);
    assertEquals(gateway.received.map(({ headers, body }) => [headers["authorization"], body]), [
      ["Bearer upstream-access-token", JSON.stringify(message)],
      ["Bearer second-token", JSON.stringify(message)],
    ]);
  }, { server: SERVER, answers: { lease_upstream_refresh: fresh } });
});

Deno.test("POST /mcp follows new rules after half a minute", async () => {
  let server = buildServer();
  const find_mcp_server = (): { outcome: "found"; server: McpServer } => ({ outcome: "found", server });
  await withGateway(() => new Response("{}"), async ({ dependencies, url }) => {
    server = buildServer({ upstream_url: url });
    let time = NOW;
    const handle = buildGatewayEndpoint({ ...dependencies, now: () => time });
    const token = await issueGatewayToken({ scope: "openid" }, 3600);
    const callAt = async (milliseconds: number): Promise<number> => {
      time = NOW + milliseconds;
      const init = {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(toolCall("delete_all")),
      };
      const response = await handle(callRequest(token, init));
      await response.body?.cancel();
      return response.status;
    };

    const before = await callAt(0);
    server = buildServer({ upstream_url: url, ...SERVER });

    assertEquals([before, await callAt(29_999), await callAt(30_000)], [200, 200, 403]);
  }, { answers: { find_mcp_server } });
});
