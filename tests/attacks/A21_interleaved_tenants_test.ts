import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { attemptAuthorization, postForm, redemptionForm, refreshForm } from "../support/client/mcp_client.ts";
import type { Person } from "../support/provider/program.ts";
import { openBrowser, walk } from "../support/client/browser.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { startWorker } from "../support/stack/worker.ts";

const stack = await useStack();
const SHAPES = ["openid", "keycloak", "entra", "google"] as const;
const PEOPLE = 6;

Deno.test("A21: logins, refreshes and calls of four tenants that interleave in one worker never cross", async () => {
  await using worker = await startWorker(stack);
  const { publicUrl } = worker;
  const scenes = await Promise.all(SHAPES.map((shape, tenant) =>
    setScene(stack, {
      shape,
      publicUrl,
      // The same subjects and addresses everywhere: what keeps them apart is the tenant alone.
      program: { people: buildPeople(tenant), delays: { token: 15 * tenant, userinfo: 40 - 10 * tenant } },
    })
  ));

  const journeys = scenes.flatMap((scene, tenant) =>
    Array.from({ length: PEOPLE }, (_, number) => travel(scene, tenant, number))
  );
  const journals = await Promise.all(journeys);

  for (const { scene, tenant, number, accessToken, userinfo, returned, upstreamTokens } of journals) {
    const claims = decodeJwt(accessToken);
    assertEquals([claims.iss, claims.aud], [scene.tenant.issuer, scene.tenant.mcpUrl]);
    assertEquals(returned.searchParams.get("iss"), scene.tenant.issuer);
    assertEquals([userinfo["sub"], userinfo["name"]], [claims.sub, `Person ${number} of ${tenant}`]);
    assertEquals(upstreamTokens.length, 1);
  }
  assertEquals(
    new Set(journals.map(({ accessToken }) => decodeJwt(accessToken).sub)).size,
    SHAPES.length * PEOPLE,
  );
  for (const scene of scenes) {
    const users = await stack.sql`
      select count(*)::integer as count from public.mcp_server_user
      where organization_id = ${scene.tenant.organizationId}`;
    assertEquals(users[0]?.["count"], PEOPLE);
    await scene[Symbol.asyncDispose]();
  }
});

interface Journal {
  scene: Scene;
  tenant: number;
  number: number;
  returned: URL;
  accessToken: string;
  userinfo: Record<string, unknown>;
  /** The upstream tokens that the MCP server of this tenant received for this person. */
  upstreamTokens: string[];
}

/** One person's way, from the login to a call. Every MCP session has the same id. */
async function travel(scene: Scene, tenant: number, number: number): Promise<Journal> {
  const { client } = scene;
  const attempt = attemptAuthorization(client, {
    login_hint: `person-${number}`,
    state: "the same state everywhere",
    scope: "openid profile offline_access",
  });
  const returned = await walk(openBrowser(), attempt.url);
  const redeemed = await readTokens(
    client.discovery.token_endpoint,
    redemptionForm(client, returned.searchParams.get("code") ?? "", attempt.codeVerifier),
  );
  const refreshed = await readTokens(
    client.discovery.token_endpoint,
    refreshForm(client, redeemed.refresh_token),
  );
  const headers = {
    "Authorization": `Bearer ${refreshed.access_token}`,
    "Mcp-Session-Id": "the-same-session",
  };
  const userinfo = await (await fetch(client.discovery.userinfo_endpoint, { headers })).json();
  for (let count = 0; count < 3; count++) {
    const call = await fetch(scene.tenant.mcpUrl, { method: "POST", headers, body: "{}" });
    assertEquals(call.status, 200);
    await call.body?.cancel();
  }
  const { sub } = decodeJwt(refreshed.access_token);
  const own = scene.mcpServer.received.filter((received) =>
    decodeJwt(received.get("Gatepost-User") ?? "").sub === sub
  );
  const upstreamTokens = [...new Set(own.map((received) => received.get("Authorization") ?? ""))];
  const answers = await Promise.all(upstreamTokens.map((token) => askProvider(scene, token)));
  assertEquals(answers.map(({ name }) => name), [`Person ${number} of ${tenant}`]);
  return { scene, tenant, number, returned, accessToken: refreshed.access_token, userinfo, upstreamTokens };
}

async function readTokens(
  endpoint: string,
  form: Record<string, string>,
): Promise<{ access_token: string; refresh_token: string }> {
  return await (await postForm(endpoint, form)).json();
}

/** Whose a token is, in the provider's own words. */
async function askProvider({ provider }: Scene, authorization: string): Promise<Record<string, unknown>> {
  const response = await fetch(provider.url("userinfo"), { headers: { Authorization: authorization } });
  return await response.json();
}

function buildPeople(tenant: number): Record<string, Person> {
  return Object.fromEntries(
    Array.from({ length: PEOPLE }, (_, number) => [`person-${number}`, {
      sub: `subject-${number}`,
      email: `person-${number}@example.com`,
      email_verified: true,
      name: `Person ${number} of ${tenant}`,
    }]),
  );
}
