import { assertEquals } from "@std/assert";
import { postForm, refreshForm, requestTokens } from "../support/client/mcp_client.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { type Login, logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { listEvents } from "../support/stack/tenant.ts";

const stack = await useStack();

Deno.test("A13: a refresh token two generations old ends the family after its grace, and the audit says why", async () => {
  await using scene = await setScene(stack);
  const login = await logIn(scene);
  const second = await refresh(scene, login.tokens.refresh_token);
  const third = await refresh(scene, second);
  await age(scene, 61);

  await assertFamilyEnds(scene, login, login.tokens.refresh_token, third);
});

Deno.test("A13: a refresh token that comes back after the grace ends the family, and the audit says why", async () => {
  await using scene = await setScene(stack);
  const login = await logIn(scene);
  const second = await refresh(scene, login.tokens.refresh_token);
  await age(scene, 61);

  await assertFamilyEnds(scene, login, login.tokens.refresh_token, second);
});

Deno.test("A13: rotations do not lengthen the grace of the tokens before them", async () => {
  await using scene = await setScene(stack);
  const login = await logIn(scene);
  const tokens = [login.tokens.refresh_token];
  for (const seconds of [0, 25, 25]) {
    await age(scene, seconds);
    tokens.push(await refresh(scene, tokens.at(-1)!));
  }
  await age(scene, 11);
  assertEquals(await refresh(scene, tokens[1]!), tokens[3]);

  await assertFamilyEnds(scene, login, tokens[0]!, tokens[3]!);
});

Deno.test("A13: a thief among a client's threads is found as soon as one of the two is more than a grace late", async () => {
  await using scene = await setScene(stack);
  const login = await logIn(scene);
  const stolen = await refresh(scene, login.tokens.refresh_token);
  const present = await refresh(scene, stolen);
  assertEquals(await refresh(scene, login.tokens.refresh_token), present);
  assertEquals(await refresh(scene, stolen), present);
  await age(scene, 61);
  const thiefs = await refresh(scene, present);
  await age(scene, 61);

  await assertFamilyEnds(scene, login, present, thiefs);
});

Deno.test("A13: a second use within the grace does not lengthen it", async () => {
  await using scene = await setScene(stack);
  const login = await logIn(scene);
  const second = await refresh(scene, login.tokens.refresh_token);
  await age(scene, 50);
  assertEquals(await refresh(scene, login.tokens.refresh_token), second);
  await age(scene, 11);

  await assertFamilyEnds(scene, login, login.tokens.refresh_token, second);
});

Deno.test("A13: a made-up secret under a known handle ends the family", async () => {
  await using scene = await setScene(stack);
  const login = await logIn(scene);
  const forged = `${login.tokens.refresh_token.slice(0, -4)}AAAA`;

  await assertFamilyEnds(scene, login, forged, login.tokens.refresh_token);
});

Deno.test("A13: another client that presents an old token is refused and ends nothing", async () => {
  await using scene = await setScene(stack);
  await using other = await setScene(stack);
  const login = await logIn(scene);
  const second = await refresh(scene, login.tokens.refresh_token);

  const form = refreshForm(other.client, login.tokens.refresh_token);
  await assertRefused(await postForm(scene.client.discovery.token_endpoint, form), 401, "invalid_client");

  await refresh(scene, second);
});

async function assertFamilyEnds(scene: Scene, login: Login, reused: string, newest: string): Promise<void> {
  const { discovery } = scene.client;
  const reuse = await postForm(discovery.token_endpoint, refreshForm(scene.client, reused));
  await assertRefused(reuse, 400, "invalid_grant");

  const honest = await postForm(discovery.token_endpoint, refreshForm(scene.client, newest));
  await assertRefused(honest, 400, "invalid_grant");
  const headers = { Authorization: `Bearer ${login.tokens.access_token}` };
  await assertRefused(await fetch(discovery.userinfo_endpoint, { headers }), 401, "invalid_token");
  const call = await fetch(scene.tenant.mcpUrl, { method: "POST", headers, body: "{}" });
  await assertRefused(call, 401, "invalid_token");
  const events = await listEvents(stack, scene.tenant.organizationId);
  assertEquals(events.filter((event) => event === "tokens_revoked:refresh_token_reused").length, 1);
}

async function refresh({ client }: Scene, token: string): Promise<string> {
  return (await requestTokens(client.discovery, refreshForm(client, token))).refresh_token;
}

async function age({ tenant }: Scene, seconds: number): Promise<void> {
  await stack.sql`
    update public.mcp_proxy_tokens set rotated_at = rotated_at - make_interval(secs => ${seconds})
    where organization_id = ${tenant.organizationId}`;
}
