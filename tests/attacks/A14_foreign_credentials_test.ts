import { assertEquals } from "@std/assert";
import { hashSecret, randomSecret } from "../../functions/_shared/secrets/secrets.ts";
import { postForm, refreshForm, register } from "../support/client/mcp_client.ts";
import { assertRefused, readAnswer } from "../support/client/attack_answers.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { insert } from "../support/stack/tenant.ts";

const stack = await useStack();

Deno.test("A14: another client that revokes a token changes nothing, whichever token it is", async () => {
  await using scene = await setScene(stack);
  const thief = await register(scene.client.discovery, { token_endpoint_auth_method: "client_secret_post" });
  const { tokens } = await logIn(scene);

  for (const token of [tokens.access_token, tokens.refresh_token]) {
    const answer = await revoke(scene, {
      token,
      client_id: thief.clientId,
      client_secret: thief.clientSecret ?? "",
    });
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
  }

  await assertAlive(scene, tokens.access_token);
  await assertRefreshes(scene, tokens.refresh_token);
});

Deno.test("A14: a client of another server that revokes a token is unknown", async () => {
  await using scene = await setScene(stack);
  await using other = await setScene(stack);
  const { tokens } = await logIn(scene);

  const answer = await revoke(scene, { token: tokens.refresh_token, client_id: other.client.clientId });

  await assertRefused(answer, 401, "invalid_client");
  await assertAlive(scene, tokens.access_token);
});

Deno.test("A14: a confidential client's tokens are not revoked without its secret", async () => {
  await using scene = await setScene(stack, { client: { token_endpoint_auth_method: "client_secret_post" } });
  const { tokens } = await logIn(scene);
  const { clientId } = scene.client;

  for (const secret of [{}, { client_secret: "" }, { client_secret: randomSecret() }]) {
    const answer = await revoke(scene, { token: tokens.refresh_token, client_id: clientId, ...secret });
    await assertRefused(answer, 401, "invalid_client");
  }

  await assertAlive(scene, tokens.access_token);
});

Deno.test("A14: a confidential client's code and refresh token are worth nothing without its secret", async () => {
  await using scene = await setScene(stack, {
    client: { token_endpoint_auth_method: "client_secret_basic" },
  });
  const { tokens } = await logIn(scene);
  const { clientSecret: _secret, ...stolen } = scene.client;

  for (const secret of [{}, { client_secret: "" }, { client_secret: randomSecret() }]) {
    const form = { ...refreshForm(stolen, tokens.refresh_token), ...secret };
    await assertRefused(await postForm(scene.client.discovery.token_endpoint, form), 401, "invalid_client");
  }

  await assertRefreshes(scene, tokens.refresh_token);
});

Deno.test("A14: the client's own revocation ends everything at once", async () => {
  await using scene = await setScene(stack);
  const { tokens } = await logIn(scene);

  const answer = await revoke(scene, { token: tokens.refresh_token, client_id: scene.client.clientId });

  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  const headers = { Authorization: `Bearer ${tokens.access_token}` };
  const { discovery } = scene.client;
  await assertRefused(await fetch(discovery.userinfo_endpoint, { headers }), 401, "invalid_token");
  const refresh = await postForm(discovery.token_endpoint, refreshForm(scene.client, tokens.refresh_token));
  await assertRefused(refresh, 400, "invalid_grant");
});

Deno.test("A14: introspection answers nobody who does not prove to be a resource server of this very server", async () => {
  await using scene = await setScene(stack, { client: { token_endpoint_auth_method: "client_secret_post" } });
  await using other = await setScene(stack);
  const { tokens } = await logIn(scene);
  const foreign = await makeResourceServer(other);
  const own = await makeResourceServer(scene);
  const credentials: Record<string, string>[] = [
    {},
    { client_id: own.id },
    { client_id: own.id, client_secret: "" },
    { client_id: own.id, client_secret: foreign.secret },
    { client_id: foreign.id, client_secret: foreign.secret },
    { client_id: scene.client.clientId, client_secret: scene.client.clientSecret ?? "" },
    { client_id: "service_role", client_secret: stack.status.SECRET_KEY },
  ];

  for (const who of credentials) {
    await assertRefused(
      await introspect(scene, { token: tokens.access_token, ...who }),
      401,
      "invalid_client",
    );
  }

  const proven = { client_id: own.id, client_secret: own.secret };
  const { status, body } = await readAnswer(
    await introspect(scene, { token: tokens.access_token, ...proven }),
  );
  assertEquals({ status, active: body["active"] }, { status: 200, active: true });
});

Deno.test("A14: a bearer token is no credential for introspection", async () => {
  await using scene = await setScene(stack);
  const { tokens } = await logIn(scene);
  const headers = { Authorization: `Bearer ${tokens.access_token}` };

  const answer = await postForm(endpoint(scene, "introspect"), { token: tokens.access_token }, headers);

  await assertRefused(answer, 401, "invalid_client");
});

Deno.test("A14: a resource server learns nothing of another server's tokens", async () => {
  await using scene = await setScene(stack);
  const { organizationId } = scene.tenant;
  await using other = await setScene(stack, { organizationId });
  const { tokens } = await logIn(other);
  const own = await makeResourceServer(scene);

  for (const token of [tokens.access_token, tokens.refresh_token]) {
    const { status, body } = await readAnswer(
      await introspect(scene, { token, client_id: own.id, client_secret: own.secret }),
    );
    assertEquals({ status, body }, { status: 200, body: { active: false } });
  }
});

function endpoint({ tenant }: Scene, name: "revoke" | "introspect"): string {
  return `${stack.status.PUBLIC_URL}/oauth-${name}/${tenant.slug}`;
}

function revoke(scene: Scene, fields: Record<string, string>): Promise<Response> {
  return postForm(endpoint(scene, "revoke"), fields);
}

function introspect(scene: Scene, fields: Record<string, string>): Promise<Response> {
  return postForm(endpoint(scene, "introspect"), fields);
}

async function makeResourceServer({ tenant }: Scene): Promise<{ id: string; secret: string }> {
  const secret = randomSecret();
  const id = await insert(stack, "mcp_resource_servers", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    name: "A resource server",
    secret_hash: hashSecret(secret),
  });
  return { id, secret };
}

async function assertAlive({ client }: Scene, accessToken: string): Promise<void> {
  const headers = { Authorization: `Bearer ${accessToken}` };
  const answer = await fetch(client.discovery.userinfo_endpoint, { headers });
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
}

async function assertRefreshes({ client }: Scene, refreshToken: string): Promise<void> {
  const answer = await postForm(client.discovery.token_endpoint, refreshForm(client, refreshToken));
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
}
