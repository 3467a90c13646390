import { assert, assertEquals } from "@std/assert";
import { postMessage } from "../support/client/mcp_client.ts";
import type { Fault } from "../support/provider/program.ts";
import { logIn } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { listEvents } from "../support/stack/tenant.ts";
import {
  expireUpstreamToken,
  freshWorker,
  type GatewayScene,
  listRefreshes,
  PING,
  readStatuses,
  readVaultRow,
  refreshLogin,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";
import { acceptOnly } from "../support/mcp_server/scripted.ts";

const stack = await useStack();

const faults: Record<string, Fault> = {
  "429": { kind: "status", status: 429 },
  "503": { kind: "status", status: 503 },
  "HTML": { kind: "html" },
  "an error without a name": { kind: "json", status: 400, body: {} },
  "another client's secret is wrong": { kind: "json", status: 401, body: { error: "invalid_client" } },
};
for (const [name, fault] of Object.entries(faults)) {
  Deno.test(`a refresh that is answered with ${name} keeps the entry and its lease free, and says when to try again`, async () => {
    await using scene = await setGatewayScene(stack);
    await expireUpstreamToken(scene);
    scene.provider.program({ faults: { token: fault } });

    const troubled = await scene.call();
    const { refresh_lease_hash, ended_reason } = await readVaultRow(scene);
    scene.provider.program({ faults: {} });
    const recovered = await scene.call();

    assertEquals(
      [troubled.status, troubled.headers.get("Retry-After"), refresh_lease_hash, ended_reason],
      [503, "5", null, null],
    );
    assertEquals((await troubled.json()).error, "temporarily_unavailable");
    assertEquals(await readStatuses([recovered]), [200]);
    assertEquals(await refreshLogin(scene), { status: 200, error: undefined });
  });
}

Deno.test("a provider that does not answer in time keeps the entry, and the next call tries again at once", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene);
  const hanging = (): Promise<Response> => Promise.reject(new DOMException("timed out", "TimeoutError"));
  await using worker = await freshWorker(scene, { fetch: hanging });

  const troubled = await worker.call(scene);
  const recovered = await scene.call();

  assertEquals(await readStatuses([troubled, recovered]), [503, 200]);
});

Deno.test("a token that is still good is used while the provider has a problem", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene, 20);
  scene.provider.program({ faults: { token: { kind: "status", status: 503 } } });
  await using worker = await freshWorker(scene);

  const responses = [await worker.call(scene), await worker.call(scene), await worker.call(scene)];

  assertEquals(await readStatuses(responses), [200, 200, 200]);
  assertEquals(listRefreshes(scene).length, 1);
});

const refusals: Record<string, Fault> = {
  "invalid_grant": { kind: "json", status: 400, body: { error: "invalid_grant" } },
  "invalid_grant with 403, as Auth0 does": { kind: "json", status: 403, body: { error: "invalid_grant" } },
  "GitHub's 200 with bad_refresh_token": { kind: "json", status: 200, body: { error: "bad_refresh_token" } },
  "interaction_required, as Entra does": {
    kind: "json",
    status: 400,
    body: { error: "interaction_required" },
  },
  "Atlassian's 403 with unauthorized_client (raycast/extensions#11836)": {
    kind: "json",
    status: 403,
    body: { error: "unauthorized_client", error_description: "refresh_token is invalid" },
  },
  "Slack's 200 with token_revoked (CogniQ/CogniQ#72)": {
    kind: "json",
    status: 200,
    body: { ok: false, error: "token_revoked" },
  },
  "a code in an object (lidge-jun/opencodex PR 4737)": {
    kind: "json",
    status: 401,
    body: { error: { type: "invalid_request_error", code: "refresh_token_invalidated" } },
  },
};
for (const [name, fault] of Object.entries(refusals)) {
  Deno.test(`a refresh that is refused with ${name} ends the login: 401 with a challenge, an audit event, and log in again`, async () => {
    await using scene = await setGatewayScene(stack);
    await expireUpstreamToken(scene);
    scene.provider.program({ faults: { token: fault } });

    const refused = await scene.call();
    const again = await Promise.all([scene.call(), scene.call()]);

    await assertEnded(scene, refused, "upstream_grant_refused");
    assertEquals(await readStatuses(again), [401, 401]);
    assertEquals(listRefreshes(scene).length, 1);
  });
}

Deno.test("60 concurrent calls on a login that the provider has ended are all told to log in again, by one question", async () => {
  await using scene = await setGatewayScene(stack, { program: { refresh: "revoking" } });
  await expireUpstreamToken(scene);

  const responses = await Promise.all(Array.from({ length: 60 }, () => scene.call()));

  assertEquals(await readStatuses(responses), Array(60).fill(401));
  assertEquals(listRefreshes(scene).length, 1);
});

Deno.test("a token of GitHub, which has no refresh token, ends its login when the MCP server refuses it", async () => {
  await using scene = await setGatewayScene(stack, { shape: "github" });
  const { expires_at, refresh_token_ciphertext } = await readVaultRow(scene);
  const before = await readStatuses([await scene.call(), await scene.call()]);
  scene.mcp.program(acceptOnly(() => false));

  const refused = await scene.call();

  assertEquals([expires_at, refresh_token_ciphertext, before], [null, null, [200, 200]]);
  await assertEnded(scene, refused, "mcp_server_refused_token");
  assertEquals(await readStatuses([await scene.call()]), [401]);
});

Deno.test("an MCP server that refuses the token of the next login, too, is told to its owner: no third login is asked for", async () => {
  await using scene = await setGatewayScene(stack, { shape: "github" });
  scene.mcp.program(acceptOnly(() => false));
  const first = await readStatuses([await scene.call()]);

  const { tokens } = await logIn(scene);
  const call = (): Promise<Response> => postMessage(scene.tenant.mcpUrl, tokens.access_token, PING);
  const again = await readStatuses([await call(), await call()]);
  scene.mcp.program(acceptOnly(() => true));
  const mended = await readStatuses([await call()]);

  assertEquals([first, again, mended], [[401], [502, 502], [200]]);
});

Deno.test("an expired token without a refresh token ends its login", async () => {
  await using scene = await setGatewayScene(stack, {
    shape: "google",
    config: { authorization_parameters: {} },
  });
  await expireUpstreamToken(scene);

  const refused = await scene.call();

  await assertEnded(scene, refused, "upstream_no_refresh_token");
  assertEquals(scene.mcp.received.length, 0);
});

Deno.test("an MCP server that refuses a refreshed token as well ends the login: one refresh, two tries", async () => {
  await using scene = await setGatewayScene(stack, { mcp: acceptOnly(() => false) });

  const refused = await scene.call();

  assertEquals([listRefreshes(scene).length, scene.mcp.received.length], [1, 2]);
  await assertEnded(scene, refused, "mcp_server_refused_token");
});

Deno.test("an MCP server that takes no upstream token is told who calls, its 401 is not the client's, and the provider is left alone", async () => {
  await using scene = await setGatewayScene(stack, { server: { upstream_authorization: "none" } });
  await expireUpstreamToken(scene);
  const passed = await scene.call();
  scene.mcp.program(acceptOnly(() => false));

  const refused = await scene.call();

  assertEquals([passed.status, refused.status, refused.headers.has("WWW-Authenticate")], [200, 502, false]);
  assertEquals(scene.mcp.received.map(({ bearer, headers }) => [bearer, headers.has("Gatepost-User")]), [
    [undefined, true],
    [undefined, true],
  ]);
  assertEquals([listRefreshes(scene).length, (await readVaultRow(scene)).ended_reason], [0, null]);
  await readStatuses([passed, refused]);
});

Deno.test("a config that is switched off refreshes nothing and ends nothing", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene);
  const { configId } = scene.tenant;
  await stack.sql`update public.custom_oauth_configs set disabled_at = now() where id = ${configId}`;
  const refused = await scene.call();
  await stack.sql`update public.custom_oauth_configs set disabled_at = null where id = ${configId}`;

  const passed = await scene.call();

  assertEquals(await readStatuses([refused, passed]), [503, 200]);
  assertEquals(listRefreshes(scene).length, 1);
});

for (
  const [refresh, outcome, asked] of [["rotating", [401, 401], 2], ["not_rotating", [200, 200], 2]] as const
) {
  Deno.test(
    `a worker that dies between refresh and store leaves a lease that runs out; the next asks once and answers ${
      outcome[0]
    } (${refresh})`,
    async () => {
      await using scene = await setGatewayScene(stack, { program: { refresh } });
      await expireUpstreamToken(scene);
      const reached = Promise.withResolvers<void>();
      await using dying = await freshWorker(scene, {
        async fetch(input, init): Promise<Response> {
          const response = await fetch(input, init);
          if (!response.url.endsWith("/token")) {
            return response;
          }
          await response.body?.cancel();
          reached.resolve();
          return await new Promise<Response>(() => undefined);
        },
      });
      void dying.call(scene);
      await reached.promise;
      await stack.sql`
      update public.upstream_oauth_tokens set refresh_leased_until = now() - interval '1 second'
      where organization_id = ${scene.tenant.organizationId}`;

      const responses = [await scene.call(), await scene.call()];

      assertEquals(await readStatuses(responses), [...outcome]);
      assertEquals(listRefreshes(scene).length, asked);
    },
  );
}

for (
  const [name, body] of Object.entries({
    "an id_token of somebody else": { id_token: "eyJhbGciOiJub25lIn0.e30." },
    "null for what it does not send": { refresh_token: null, scope: null, id_token: null, expires_in: null },
    "a lifetime that no date can hold": { expires_in: 1e15 },
    // QwenLM/qwen-code#5355
    "a lifetime that is none": { expires_in: "never" },
    "scopes as a list": { scope: ["openid", "email"] },
  })
) {
  Deno.test(`a refresh that brings ${name} is as good as any: its refresh token is spent`, async () => {
    await using scene = await setGatewayScene(stack);
    await expireUpstreamToken(scene);
    const answer = { access_token: "upstream-access-new", token_type: "bearer", ...body };
    scene.provider.program({ faults: { token: { kind: "json", body: answer } } });

    const responses = [await scene.call(), await scene.call()];

    assertEquals(await readStatuses(responses), [200, 200]);
    assertEquals(scene.mcp.received.map(({ bearer }) => bearer), [
      "upstream-access-new",
      "upstream-access-new",
    ]);
  });
}

/** The login is over, says why in the audit, and its client is led to a new one. */
async function assertEnded(scene: GatewayScene, refused: Response, reason: string): Promise<void> {
  const challenge = refused.headers.get("WWW-Authenticate") ?? "";
  assertEquals([refused.status, (await refused.json()).error], [401, "invalid_token"]);
  assert(challenge.startsWith('Bearer error="invalid_token"'), challenge);
  assert(
    challenge.includes(`resource_metadata="${scene.tenant.issuer}/.well-known/oauth-protected-resource"`),
  );
  assertEquals((await readVaultRow(scene)).ended_reason, reason);
  const events = await listEvents(stack, scene.tenant.organizationId);
  assert(events.includes(`upstream_token_ended:${reason}`), events.join());
  assertEquals(await refreshLogin(scene), { status: 400, error: "invalid_grant" });
}
