import { assert, assertEquals, assertRejects } from "@std/assert";
import { useStack } from "../support/stack/stack.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { openUnread } from "../support/functions/dependencies.ts";
import { buildForward } from "../../functions/mcp/forward/forward.ts";
import { wholeBody } from "../../functions/mcp/forward/request_body.ts";
import {
  freshWorker,
  type GatewayScene,
  readStatuses,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";
import { startMcpServer } from "../support/mcp_server/scripted.ts";

const stack = await useStack();

const endings: [string, number, (scene: GatewayScene) => Promise<unknown>][] = [
  [
    "a revoked family",
    401,
    ({ tenant }) =>
      stack
        .sql`update public.mcp_proxy_tokens set revoked_at = now(), revoked_reason = 'test', expires_at = now()
      where organization_id = ${tenant.organizationId}`,
  ],
  [
    "a blocked user",
    401,
    ({ tenant }) =>
      stack
        .sql`update public.mcp_server_user set blocked_at = now() where organization_id = ${tenant.organizationId}`,
  ],
  [
    "a deleted user",
    401,
    ({ tenant }) =>
      stack.sql`delete from public.mcp_server_user where organization_id = ${tenant.organizationId}`,
  ],
  [
    "an ended upstream token",
    401,
    ({ tenant }) =>
      stack.sql`update public.upstream_oauth_tokens set ended_at = now(), ended_reason = 'test'
      where organization_id = ${tenant.organizationId}`,
  ],
  [
    "a disabled server",
    404,
    ({ tenant }) =>
      stack.sql`update public.mcp_servers set disabled_at = now() where id = ${tenant.serverId}`,
  ],
];
for (const [name, status, end] of endings) {
  Deno.test(`${name} is refused half a minute later at the latest, and at once where nothing is kept`, async () => {
    await using scene = await setGatewayScene(stack);
    let passed = 0;
    const now = (): number => Date.now() + passed;
    await using keeping = await freshWorker(scene, { now });
    await using fresh = await freshWorker(scene);
    const before = await readStatuses([await keeping.call(scene)]);
    await end(scene);

    const atOnce = await readStatuses([await fresh.call(scene)]);
    passed = 30_001;
    const later = await readStatuses([await keeping.call(scene)]);

    assertEquals([before, atOnce, later], [[200], [status], [status]]);
  });
}

Deno.test("a login that a worker revokes is refused by the same worker at once, in every session of it", async () => {
  await using scene = await setGatewayScene(stack);
  await using worker = await freshWorker(scene);
  const call = (session: string): Promise<Response> =>
    worker.call(scene, { headers: { "Mcp-Session-Id": session } });
  const before = await readStatuses([await call("one"), await call("two")]);

  const revoked = await worker.handle(
    new Request(`http://edge/oauth-revoke/${scene.tenant.slug}`, {
      method: "POST",
      body: new URLSearchParams({ token: scene.refreshToken, client_id: scene.client.clientId }),
    }),
  );
  const after = await readStatuses([await call("one"), await call("two")]);

  assertEquals([before, revoked.status, after], [[200, 200], 200, [401, 401]]);
});

Deno.test("a login that the MCP server ended in one session is over in the others at once", async () => {
  await using scene = await setGatewayScene(stack, {
    config: { authorization_parameters: {} },
    shape: "google",
  });
  await using worker = await freshWorker(scene);
  const call = (session: string): Promise<Response> =>
    worker.call(scene, { headers: { "Mcp-Session-Id": session } });
  await readStatuses([await call("one"), await call("two")]);
  scene.mcp.program(() => new Response(null, { status: 401 }));
  const ended = await call("one");
  scene.mcp.program(() => new Response("{}"));

  const other = await call("two");

  assertEquals(await readStatuses([ended, other]), [401, 401]);
});

Deno.test("an access token that the worker has verified is refused when it has expired", async () => {
  await using scene = await setGatewayScene(stack, { server: { access_token_seconds: 60 } });
  let passed = 0;
  await using worker = await freshWorker(scene, { now: () => Date.now() + passed });
  const before = await readStatuses([await worker.call(scene)]);
  passed = 45_000;
  const late = await readStatuses([await worker.call(scene)]);
  passed = 61_000;

  const after = await worker.call(scene);

  assertEquals([before, late, after.status], [[200], [200], 401]);
  assert(after.headers.get("WWW-Authenticate")?.includes('error="invalid_token"'));
  await after.body?.cancel();
});

/** A vault that is not asked: only a refused token leads there. */
const UNMARKED = { mark: () => Promise.resolve<[string, string]>(["cdn-loop", "gatepost"]) };

const UNASKED = {
  replace: (): never => {
    throw new Error("The vault was asked for another token");
  },
  end: (): never => {
    throw new Error("The vault was told to end a login");
  },
};

Deno.test("an MCP server that does not begin its answer in time is 504 with a sentence", async () => {
  await using mcp = startMcpServer(({ signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response())))
  );
  const request = new Request("http://edge/mcp/demo", { method: "POST", body: "{}" });
  const call = { userId: null, identityToken: undefined, entry: undefined, renew: (): void => undefined };

  const error = await assertRejects(
    () =>
      buildForward(UNASKED, UNMARKED, 50)(
        request,
        wholeBody(new ArrayBuffer(0)),
        mcp.url,
        call,
        openUnread(request),
      ),
    OAuthError,
  );

  assertEquals([error.status, error.message], [504, "Cannot call the MCP server: it did not answer in time"]);
});

Deno.test("an answer that has begun in time may take as long as it takes", async () => {
  const ended = Promise.withResolvers<void>();
  await using mcp = startMcpServer(() =>
    new Response(
      new ReadableStream({
        async start(controller): Promise<void> {
          controller.enqueue(new TextEncoder().encode("begun "));
          await ended.promise;
          controller.enqueue(new TextEncoder().encode("ended"));
          controller.close();
        },
      }),
    )
  );
  const request = new Request("http://edge/mcp/demo", { method: "POST", body: "{}" });
  const call = { userId: null, identityToken: undefined, entry: undefined, renew: (): void => undefined };

  const response = await buildForward(UNASKED, UNMARKED, 200)(
    request,
    wholeBody(new ArrayBuffer(0)),
    mcp.url,
    call,
    openUnread(request),
  );
  setTimeout(ended.resolve, 300);

  assertEquals(await response.text(), "begun ended");
});
