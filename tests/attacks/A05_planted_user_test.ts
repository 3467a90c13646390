import { assertEquals, assertNotEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { createClient } from "@supabase/supabase-js";
import { discover, postForm, refreshForm, register } from "../support/client/mcp_client.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { makeTenant } from "../support/stack/tenant.ts";

const stack = await useStack();
const victim = { sub: "victim", email: "victim@example.com", email_verified: true };
const linking = { config: { link_verified_email: true } };

Deno.test("A5: an anonymous row with the victim's address neither captures nor is captured by the victim's login", async () => {
  await using scene = await setScene(stack, linking);
  const planted = await track(scene, "attacker-tracking-id-1", victim.email);

  const victimId = await logInAs(scene, victim);

  assertNotEquals(victimId, planted);
  assertEquals(await readEmail(planted), { email: victim.email, email_verified: false, upstream_sub: null });
});

Deno.test("A5: a user whose address was never verified captures no later login with that address", async () => {
  await using scene = await setScene(stack, linking);
  const planted = await logInAs(scene, { sub: "attacker", email: victim.email, email_verified: false });

  const victimId = await logInAs(scene, victim);

  assertNotEquals(victimId, planted);
});

Deno.test("A5: a provider whose word is not good enough to link plants nobody for others to be linked to", async () => {
  await using trusted = await setScene(stack, linking);
  await using other = await setScene(stack, { organizationId: trusted.tenant.organizationId });
  const planted = await logInAs(other, { ...victim, sub: "attacker" });

  const victimId = await logInAs(trusted, victim);

  assertNotEquals(victimId, planted);
});

Deno.test("A5: a provider whose word is not good enough to link captures no user of one whose word is", async () => {
  await using trusted = await setScene(stack, linking);
  await using other = await setScene(stack, { organizationId: trusted.tenant.organizationId });
  const victimId = await logInAs(trusted, victim);

  const attackerId = await logInAs(other, { ...victim, sub: "attacker" });

  assertNotEquals(attackerId, victimId);
});

Deno.test("A5: an unverified login later captures no verified user", async () => {
  await using scene = await setScene(stack, linking);
  const victimId = await logInAs(scene, victim);

  const attackerId = await logInAs(scene, { sub: "attacker", email: victim.email, email_verified: false });

  assertNotEquals(attackerId, victimId);
});

Deno.test("A5: tokens of an anonymous row end when a login claims the row", async () => {
  await using scene = await setScene(stack, linking);
  const { organizationId } = scene.tenant;
  const anonymous = await makeTenant(stack, scene.provider, {
    organizationId,
    config: { identity_source: "none" },
  });
  const attacker = { client: await register(await discover(anonymous.mcpUrl)) };
  const tracking = { tracking_id: "a-tracking-id-the-attacker-sends-to-the-victim" };
  const planted = await logIn(attacker, tracking);

  scene.provider.program({ person: victim });
  const claimed = await logIn(scene, tracking);

  assertEquals(readSubject(claimed.tokens.access_token), readSubject(planted.tokens.access_token));
  const { token_endpoint, userinfo_endpoint } = attacker.client.discovery;
  const refresh = await postForm(token_endpoint, refreshForm(attacker.client, planted.tokens.refresh_token));
  await assertRefused(refresh, 400, "invalid_grant");
  const headers = { Authorization: `Bearer ${planted.tokens.access_token}` };
  await assertRefused(await fetch(userinfo_endpoint, { headers }), 401, "invalid_token");
  await assertRefused(
    await fetch(anonymous.mcpUrl, { method: "POST", headers, body: "{}" }),
    401,
    "invalid_token",
  );
});

Deno.test("A5: an anonymous login that carries a known user's tracking id does not become that user", async () => {
  await using scene = await setScene(stack, linking);
  const { organizationId } = scene.tenant;
  const anonymous = await makeTenant(stack, scene.provider, {
    organizationId,
    config: { identity_source: "none" },
  });
  const attacker = { client: await register(await discover(anonymous.mcpUrl)) };
  const tracking = { tracking_id: "the-victims-own-tracking-id" };
  scene.provider.program({ person: victim });
  const known = await logIn(scene, tracking);

  const login = await logIn(attacker, tracking);

  assertNotEquals(readSubject(login.tokens.access_token), readSubject(known.tokens.access_token));
});

async function track({ tenant }: Scene, trackingId: string, email: string): Promise<string> {
  const { data } = await createClient(stack.status.API_URL, stack.status.SECRET_KEY).rpc(
    "track_mcp_server_user",
    {
      p_organization_id: tenant.organizationId,
      p_tracking_id: trackingId,
      p_email: email,
    },
  );
  assertEquals(data.outcome, "tracked");
  return data.mcp_server_user_id;
}

async function logInAs(scene: Scene, person: typeof victim): Promise<string> {
  scene.provider.program({ person });
  return readSubject((await logIn(scene)).tokens.access_token);
}

function readSubject(accessToken: string): string {
  return decodeJwt(accessToken).sub ?? "";
}

async function readEmail(userId: string): Promise<Record<string, unknown>> {
  const [row] = await stack.sql`
    select email, email_verified, upstream_sub from public.mcp_server_user where id = ${userId}`;
  return { ...row };
}
