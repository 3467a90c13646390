import { assertEquals } from "@std/assert";
import {
  attemptAuthorization,
  discover,
  postForm,
  redemptionForm,
  refreshForm,
  register,
} from "../support/client/mcp_client.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { openBrowser, readLocation } from "../support/client/browser.ts";
import { logIn, obtainCode, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { startWorker, type Worker } from "../support/stack/worker.ts";

const stack = await useStack();

for (const neighbour of ["the same", "another"]) {
  Deno.test(`A2: an access token is refused at a server of ${neighbour} organization`, async () => {
    await using x = await setScene(stack);
    await using y = await setNeighbour(x, neighbour);
    const { tokens } = await logIn(x);
    const headers = { Authorization: `Bearer ${tokens.access_token}` };

    const call = await fetch(y.tenant.mcpUrl, { method: "POST", headers, body: "{}" });
    const userinfo = await fetch(y.client.discovery.userinfo_endpoint, { headers });

    await assertRefused(call, 401, "invalid_token");
    await assertRefused(userinfo, 401, "invalid_token");
    assertEquals(y.mcpServer.received, []);
    const own = await fetch(x.tenant.mcpUrl, { method: "POST", headers, body: "{}" });
    assertEquals(own.status, 200);
    await own.body?.cancel();
  });

  Deno.test(`A2: a refresh token is refused at a server of ${neighbour} organization, and lives on`, async () => {
    await using x = await setScene(stack);
    await using y = await setNeighbour(x, neighbour);
    const { tokens } = await logIn(x);
    const foreignEndpoint = y.client.discovery.token_endpoint;

    const asOwn = await postForm(foreignEndpoint, refreshForm(y.client, tokens.refresh_token));
    const asForeign = await postForm(foreignEndpoint, refreshForm(x.client, tokens.refresh_token));

    await assertRefused(asOwn, 400, "invalid_grant");
    await assertRefused(asForeign, 401, "invalid_client");
    const own = await postForm(
      x.client.discovery.token_endpoint,
      refreshForm(x.client, tokens.refresh_token),
    );
    assertEquals(own.status, 200);
    await own.body?.cancel();
  });

  Deno.test(`A2: a code is refused at a server of ${neighbour} organization`, async () => {
    await using x = await setScene(stack);
    await using y = await setNeighbour(x, neighbour);
    const { attempt, code } = await obtainCode(x);

    const form = redemptionForm(y.client, code, attempt.codeVerifier);
    const answer = await postForm(y.client.discovery.token_endpoint, form);

    await assertRefused(answer, 400, "invalid_grant");
  });

  Deno.test(`A2: a request, a code and a refresh that name a server of ${neighbour} organization get invalid_target`, async () => {
    await using x = await setScene(stack);
    await using y = await setNeighbour(x, neighbour);
    const { token_endpoint: endpoint } = x.client.discovery;
    const resource = y.tenant.mcpUrl;
    const { tokens } = await logIn(x);
    const { attempt, code } = await obtainCode(x);

    const request = attemptAuthorization(x.client, { resource });
    const returned = await readLocation(await openBrowser().get(request.url));
    const redemption = await postForm(endpoint, {
      ...redemptionForm(x.client, code, attempt.codeVerifier),
      resource,
    });
    const refresh = await postForm(endpoint, { ...refreshForm(x.client, tokens.refresh_token), resource });

    assertEquals(returned.searchParams.get("error"), "invalid_target");
    await assertRefused(redemption, 400, "invalid_target");
    await assertRefused(refresh, 400, "invalid_target");
  });
}

Deno.test("A2: two resources in one request get invalid_target, the right one among them or not", async () => {
  await using x = await setScene(stack);
  const { tokens } = await logIn(x);
  const form = new URLSearchParams(refreshForm(x.client, tokens.refresh_token));
  form.append("resource", x.tenant.mcpUrl);
  form.append("resource", "https://mcp.example.com");

  const refresh = await fetch(x.client.discovery.token_endpoint, { method: "POST", body: form });

  await assertRefused(refresh, 400, "invalid_target");
});

Deno.test("A2: another client of the same server can use neither the code nor the refresh token", async () => {
  await using x = await setScene(stack);
  const thief = await register(x.client.discovery);
  const { token_endpoint: endpoint } = x.client.discovery;
  const { tokens } = await logIn(x);
  const { attempt, code } = await obtainCode(x);

  const redemption = await postForm(endpoint, redemptionForm(thief, code, attempt.codeVerifier));
  const refresh = await postForm(endpoint, refreshForm(thief, tokens.refresh_token));

  await assertRefused(redemption, 400, "invalid_grant");
  await assertRefused(refresh, 400, "invalid_grant");
});

/** A second scene, in the organization of the first or in one of its own. */
async function setNeighbour(x: Scene, neighbour: string): Promise<Scene> {
  const { organizationId } = x.tenant;
  const y = await setScene(stack, neighbour === "the same" ? { organizationId } : {});
  await discover(y.tenant.mcpUrl);
  return y;
}

Deno.test("A2: an access token is refused when its server protects another resource by now", async () => {
  await using x = await setScene(stack);
  const { tokens } = await logIn(x);
  await using before = await startWorker(stack, { config: { publicUrl: stack.status.PUBLIC_URL } });
  await using after = await startWorker(stack, { config: { publicUrl: stack.status.PUBLIC_URL } });

  assertEquals((await askUserinfo(before, x, tokens.access_token)).status, 200);
  await protectAnother(x, "https://mcp.example.com/mcp");

  await assertRefused(await askUserinfo(after, x, tokens.access_token), 401, "invalid_token");
});

Deno.test("A2: an access token of another issuer is refused, though keys, slug and resource are the same", async () => {
  await using x = await setScene(stack);
  const { tokens } = await logIn(x);
  await protectAnother(x, x.tenant.mcpUrl);
  await using own = await startWorker(stack, { config: { publicUrl: stack.status.PUBLIC_URL } });
  await using other = await startWorker(stack);

  assertEquals((await askUserinfo(own, x, tokens.access_token)).status, 200);
  await assertRefused(await askUserinfo(other, x, tokens.access_token), 401, "invalid_token");
});

async function protectAnother({ tenant }: Scene, resource: string): Promise<void> {
  await stack.sql`
    update public.mcp_servers set upstream_url = null, resource = ${resource} where id = ${tenant.serverId}`;
}

function askUserinfo(worker: Worker, { tenant }: Scene, accessToken: string): Promise<Response> {
  return worker.handle(
    new Request(`http://functions.internal/oauth-userinfo/${tenant.slug}`, {
      headers: { Authorization: `Bearer ${accessToken}` },
    }),
  );
}
