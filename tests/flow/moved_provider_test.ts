/**
 * A provider that moves to another issuer, through oauth-configs: everybody stays who they are.
 */

import { assertEquals } from "@std/assert";
import { signInMember } from "../support/client/platform_user.ts";
import { startProvider } from "../support/provider/provider.ts";
import { logIn, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

async function move(
  accessToken: string,
  body: Record<string, unknown>,
): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-configs/move`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${accessToken}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return [response.status, await response.json()];
}

Deno.test("a config with a client secret moves, counted first, and its people log in as who they are", async () => {
  await using scene = await setScene(stack);
  await using moved = await startProvider();
  await logIn(scene);
  const { accessToken, client } = await signInMember(stack, scene.tenant.organizationId, "admin");
  const member = await signInMember(stack, scene.tenant.organizationId, "member");
  const stranger = await signInMember(stack, (await setOther()).organizationId);
  const { configId } = scene.tenant;
  const body = { id: configId, issuer: moved.issuer };
  const known = await client.from("mcp_people").select("mcp_server_user_id");

  const counted = await move(accessToken, body);
  const secretless = await move(accessToken, { ...body, dry_run: false });
  const refused = [await move(member.accessToken, body), await move(stranger.accessToken, body)];
  const done = await move(accessToken, { ...body, dry_run: false, client_secret: moved.clientSecret });

  assertEquals([counted[0], counted[1]["outcome"], counted[1]["people"]], [200, "would_move", 1]);
  assertEquals([secretless[0], secretless[1]["error_description"]], [
    400,
    "Cannot move config: client_secret has to be given where issuer, token_endpoint, userinfo_endpoint, " +
    "revocation_endpoint or emails_endpoint changes",
  ]);
  assertEquals(refused.map(([status]) => status), [403, 404]);
  assertEquals([done[0], done[1]["outcome"]], [200, "moved"]);
  await stack.sql`
    update public.custom_oauth_configs set client_id = ${moved.clientId} where id = ${configId}`;
  await logIn(scene);
  const people = await client.from("mcp_people").select("mcp_server_user_id");
  assertEquals(people.data, known.data);
});

async function setOther(): Promise<{ organizationId: string }> {
  await using other = await setScene(stack);
  return { organizationId: other.tenant.organizationId };
}
