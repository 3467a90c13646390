import { assert, assertEquals } from "@std/assert";
import type { Fault } from "../support/provider/program.ts";
import { useStack } from "../support/stack/stack.ts";
import { listEvents } from "../support/stack/tenant.ts";
import {
  expireUpstreamToken,
  freshWorker,
  type GatewayScene,
  listRefreshes,
  readStatuses,
  readVaultRow,
  refreshLogin,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";

const stack = await useStack();

/** Moves the first refusal of a count into the past. */
async function ageRefusals({ tenant }: GatewayScene, interval: string): Promise<void> {
  await stack.sql`
    update public.upstream_oauth_tokens set first_refused_at = first_refused_at - ${interval}::interval
    where organization_id = ${tenant.organizationId}`;
}

async function readConfig({ tenant }: GatewayScene): Promise<Record<string, unknown>> {
  const [config] = await stack.sql`
    select client_refused_at is not null as refused, client_refused_reason as reason
    from public.custom_oauth_configs where id = ${tenant.configId}`;
  return { ...config };
}

// authlib/authlib#112: an expired refresh token is `invalid_request`.
const UNKNOWN: Fault = {
  kind: "json",
  status: 400,
  body: { error: "invalid_request", error_description: 'Invalid "refresh_token" in request.' },
};

Deno.test("a refusal that says nothing known is 503 until the third over ten minutes, which ends the login", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene);
  scene.provider.program({ faults: { token: UNKNOWN } });

  const soon = [await scene.call(), await scene.call(), await scene.call()];
  const alive = await refreshLogin(scene);
  await ageRefusals(scene, "10 minutes");
  const third = await scene.call();
  const afterwards = await scene.call();

  assertEquals([alive.status, third.headers.get("WWW-Authenticate")?.includes("invalid_token")], [200, true]);
  assertEquals(await readStatuses([...soon, third, afterwards]), [503, 503, 503, 401, 401]);
  assertEquals(listRefreshes(scene).length, 4);
  assertEquals((await readVaultRow(scene)).ended_reason, "upstream_refused");
  assertEquals(
    (await listEvents(stack, scene.tenant.organizationId)).filter((event) => event.startsWith("up")),
    [
      "upstream_refresh_refused:upstream_refused",
      "upstream_token_ended:upstream_refused",
    ],
  );
  assertEquals((await refreshLogin(scene)).error, "invalid_grant");
});

Deno.test("a login that is refused for an hour between two refreshes that succeed goes on", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene);
  const statuses: number[] = [];
  for (const faults of [{ token: UNKNOWN }, {}, { token: UNKNOWN }, { token: UNKNOWN }]) {
    scene.provider.program({ faults });
    await using worker = await freshWorker(scene);
    statuses.push(...await readStatuses([await worker.call(scene)]));
    await expireUpstreamToken(scene);
    await ageRefusals(scene, "1 hour");
  }

  assertEquals(statuses, [503, 200, 503, 503]);
  assertEquals((await readVaultRow(scene)).ended_reason, null);
});

const PASSING: Record<string, Fault> = {
  "408": { kind: "status", status: 408 },
  "425": { kind: "status", status: 425 },
  "429": { kind: "status", status: 429 },
  "500": { kind: "status", status: 500 },
  "503 that says invalid_grant": { kind: "json", status: 503, body: { error: "invalid_grant" } },
  "a page": { kind: "html" },
};
for (const [name, fault] of Object.entries(PASSING)) {
  Deno.test(`a provider that answers ${name} for an hour ends nothing`, async () => {
    await using scene = await setGatewayScene(stack);
    await expireUpstreamToken(scene);
    scene.provider.program({ faults: { token: fault } });

    const responses = [];
    for (let refusal = 0; refusal < 4; refusal++) {
      responses.push(await scene.call());
      await ageRefusals(scene, "20 minutes");
    }
    scene.provider.program({ faults: {} });
    responses.push(await scene.call());

    assertEquals(await readStatuses(responses), [503, 503, 503, 503, 200]);
  });
}

const OWNERS: Record<string, Fault> = {
  "invalid_client (BerriAI/litellm#42477: an expired secret)": {
    kind: "json",
    status: 401,
    body: { error: "invalid_client" },
  },
  "Keycloak's unauthorized_client (keycloak/keycloak#16923)": {
    kind: "json",
    status: 401,
    body: { error: "unauthorized_client", error_description: "Invalid client or Invalid client credentials" },
  },
};
for (const [name, fault] of Object.entries(OWNERS)) {
  Deno.test(`${name} is told to the owner once, ends no login, and is forgotten when the provider answers again`, async () => {
    await using scene = await setGatewayScene(stack);
    await expireUpstreamToken(scene);
    scene.provider.program({ faults: { token: fault } });

    const responses = [];
    for (let refusal = 0; refusal < 4; refusal++) {
      responses.push(await scene.call());
      await ageRefusals(scene, "20 minutes");
    }
    const told = await readConfig(scene);
    const alive = await refreshLogin(scene);
    scene.provider.program({ faults: {} });
    const recovered = await scene.call();

    const { error_description } = await responses[0]!.json();
    assertEquals(
      error_description,
      "Cannot call the MCP server now: its sign-in has to be mended by its owner",
    );
    assertEquals(await readStatuses([...responses.slice(1), recovered]), [503, 503, 503, 200]);
    assertEquals([told, alive.status], [{ refused: true, reason: "upstream_client_refused" }, 200]);
    assertEquals(await readConfig(scene), { refused: false, reason: null });
    const events = await listEvents(stack, scene.tenant.organizationId);
    assertEquals(events.filter((event) => event.startsWith("upstream")), [
      "upstream_client_refused:upstream_client_refused",
    ]);
  });
}

Deno.test("a provider whose discovery refuses says nothing of the refresh token, however often", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene);
  const refusal = { kind: "json", status: 403, body: { error: "invalid_grant" } } as const;
  scene.provider.program({ faults: { discovery: refusal, oauth_metadata: refusal } });

  const responses = [];
  for (let round = 0; round < 4; round++) {
    await using worker = await freshWorker(scene);
    responses.push(await worker.call(scene));
    await ageRefusals(scene, "20 minutes");
  }

  assertEquals(await readStatuses(responses), [503, 503, 503, 503]);
  assertEquals((await readVaultRow(scene)).ended_reason, null);
});

Deno.test("a refresh sends the config's scopes where the config says so (punkpeye/mcp-remote PR 357: AADSTS90009)", async () => {
  const sent: unknown[] = [];
  for (const refresh_sends_scope of [true, false]) {
    await using scene = await setGatewayScene(stack, { shape: "entra", config: { refresh_sends_scope } });
    await expireUpstreamToken(scene);

    assertEquals(await readStatuses([await scene.call()]), [200]);
    sent.push(listRefreshes(scene)[0]?.get("scope"));
  }

  assertEquals(sent, ["openid email profile offline_access", null]);
});

Deno.test("what a refusal says leaves in no answer", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene);
  for (const error of ["invalid_request", "invalid_client", "invalid_grant"]) {
    const body = { error, error_description: "upstream-text-that-must-not-leave" };
    scene.provider.program({ faults: { token: { kind: "json", status: 400, body } } });

    const refused = await scene.call();

    const everything = JSON.stringify([...refused.headers]) + await refused.text();
    assert(!everything.includes("upstream-text"), everything);
  }
});
