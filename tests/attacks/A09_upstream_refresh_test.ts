import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { UPSTREAM_TEXT } from "../support/provider/faults.ts";
import type { Fault, Program, RefreshBehaviour } from "../support/provider/program.ts";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { type Login, logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { expireUpstreamTokens, listEvents } from "../support/stack/tenant.ts";

const stack = await useStack();

const faults: Record<string, Fault> = {
  "429": { kind: "status", status: 429, headers: { "Retry-After": "1" } },
  "500": { kind: "status", status: 500 },
  "HTML": { kind: "html" },
  "a connection that breaks off": { kind: "reset" },
  "64 MB": { kind: "huge" },
  "a redirect into the network": { kind: "redirect", to: "http://169.254.169.254/latest/meta-data/" },
  "members of wrong types": { kind: "json", body: { access_token: { text: UPSTREAM_TEXT }, token_type: 1 } },
  "null": { kind: "json", body: null },
};

for (const [name, fault] of Object.entries(faults)) {
  Deno.test(`A9: a call whose upstream refresh meets ${name} says try again, and passes when the trouble is over`, async () => {
    await using scene = await setScene(stack);
    const login = await logInAndExpire(scene, { faults: { token: fault } });

    const troubled = await call(scene, login);
    scene.provider.program({ faults: {} });
    const afterwards = await call(scene, login);

    assertEquals([troubled.status, troubled.retryAfter, troubled.leaks], [503, true, false]);
    assertEquals(afterwards.status, 200);
    assert(scene.provider.hugeBytes() < 16 * 1024 * 1024);
    assertEquals(
      (await listEvents(stack, scene.tenant.organizationId)).includes("upstream_token_ended"),
      false,
    );
  });
}

Deno.test("A9: a refresh token that the provider refuses for good ends the login, with a challenge and an audit event", async () => {
  await using scene = await setScene(stack);
  const login = await logInAndExpire(scene, { refresh: "revoking" });

  const [first, second] = [await call(scene, login), await call(scene, login)];

  assertEquals([first.status, first.challenged, first.leaks, second.status], [401, true, false, 401]);
  assertEquals(countRefreshes(scene), 1);
  const events = await listEvents(stack, scene.tenant.organizationId);
  assert(events.some((event) => event.startsWith("upstream_token_ended:")));
});

const behaviours: RefreshBehaviour[] = ["rotating", "not_rotating", "omitting"];
for (const refresh of behaviours) {
  Deno.test(`A9: a provider whose refresh is ${refresh.replace("_", " ")} keeps a login alive again and again`, async () => {
    await using scene = await setScene(stack);
    const login = await logInAndExpire(scene, { refresh, expiresIn: 1 });

    const first = await call(scene, login);
    // The worker holds the token now, so this one has to expire by itself.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const second = await call(scene, login);

    assertEquals([first.status, second.status], [200, 200]);
    assertEquals(countRefreshes(scene), 2);
    const sent = scene.mcpServer.received.map((headers) => headers.get("Authorization"));
    assertNotEquals(sent[0], sent[1]);
  });
}

Deno.test("A9: 100 parallel calls on an expired token are one refresh to the provider, over two workers", async () => {
  await using scene = await setScene(stack);
  const login = await logInAndExpire(scene, { expiresIn: 3600, delays: { token: 300 } });

  const answers = await Promise.all(Array.from({ length: 100 }, () => call(scene, login)));

  assertEquals(answers.filter(({ status }) => status !== 200).length, 0);
  assertEquals(countRefreshes(scene), 1);
  assertEquals(new Set(scene.mcpServer.received.map((headers) => headers.get("Authorization"))).size, 1);
});

Deno.test("A9: a refresh token is not sent with other client credentials than those that obtained it", async () => {
  await using scene = await setScene(stack);
  const login = await logInAndExpire(scene, {});
  await stack.sql`
    update public.custom_oauth_configs set client_id = 'another-client', client_generation = client_generation + 1
    where id = ${scene.tenant.configId}`;

  const answer = await call(scene, login);

  assertEquals([answer.status, countRefreshes(scene)], [401, 0]);
});

Deno.test("A9: in no answer that a client sees is the upstream's token or secret", async () => {
  await using scene = await setScene(stack);
  const login = await logInAndExpire(scene, { expiresIn: 3600 });
  await call(scene, login);
  const upstream = scene.mcpServer.received.map((headers) =>
    (headers.get("Authorization") ?? "").slice("Bearer ".length)
  );
  const headers = { Authorization: `Bearer ${login.tokens.access_token}` };
  const { url } = attemptAuthorization(scene.client);

  const seen = [JSON.stringify(login.tokens), login.code];
  for (const address of [scene.tenant.mcpUrl, scene.client.discovery.userinfo_endpoint, url]) {
    const response = await fetch(address, { headers });
    seen.push(JSON.stringify([...response.headers]) + await response.text());
  }
  const claims = login.tokens.access_token.split(".").map((part) => decodePart(part)).join();

  for (const secret of [...upstream, scene.provider.clientSecret]) {
    assertEquals([...seen, claims].some((text) => text.includes(secret)), false);
  }
});

async function logInAndExpire(scene: Scene, program: Partial<Program>): Promise<Login> {
  const login = await logIn(scene);
  scene.provider.program(program);
  await expireUpstreamTokens(stack, scene.tenant.organizationId);
  return login;
}

async function call({ tenant }: Scene, { tokens }: Login): Promise<Record<string, unknown>> {
  const headers = { Authorization: `Bearer ${tokens.access_token}` };
  const response = await fetch(tenant.mcpUrl, { method: "POST", headers, body: "{}" });
  const everything = JSON.stringify([...response.headers]) + await response.text();
  return {
    status: response.status,
    retryAfter: response.headers.has("Retry-After"),
    challenged: response.headers.has("WWW-Authenticate"),
    leaks: everything.includes(UPSTREAM_TEXT) || everything.includes("upstream-") ||
      everything.includes("169.254"),
  };
}

function countRefreshes({ provider }: Scene): number {
  return provider.requests("token").filter(({ parameters }) =>
    parameters.get("grant_type") === "refresh_token"
  ).length;
}

function decodePart(part: string): string {
  return atob(part.replaceAll("-", "+").replaceAll("_", "/"));
}
