import { assertEquals } from "@std/assert";
import { openBrowser, openConsent, reachCallback, readLocation } from "../support/client/browser.ts";
import { attemptAuthorization, register } from "../support/client/mcp_client.ts";
import { countBounded, fillClients, fillSessions } from "../support/database/bounds.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const FLOOD = { redirect_uris: ["https://flood.example/callback"] };

/** Approves as a program without a person does, and returns the answer's status. */
async function approveByProgram(scene: Scene, metadata: Record<string, unknown>): Promise<number> {
  const client = await register(scene.client.discovery, metadata);
  const redirect = (metadata["redirect_uris"] as string[])[0];
  const { url } = attemptAuthorization(client, { redirect_uri: redirect });
  const program = openBrowser();
  const form = await openConsent(program, url);
  const response = await program.post(`${url.origin}${url.pathname}`, { form, decision: "approve" });
  await response.body?.cancel();
  return response.status;
}

Deno.test("A26: approvals without a login make no client last", async () => {
  await using scene = await setScene(stack);
  for (let count = 0; count < 5; count++) {
    assertEquals(await approveByProgram(scene, FLOOD), 303);
  }

  const clients = await stack.sql`
    select first_used_at is null and expires_at < now() + interval '25 hours' as leaves
    from public.mcp_client_registrations
    where mcp_server_id = ${scene.tenant.serverId} and redirect_uris = ${FLOOD.redirect_uris}`;
  assertEquals(clients.map(({ leaves }) => leaves), Array(5).fill(true));
});

Deno.test("A26: thousands of approved clients of one source shut out nobody of another, before, during or after", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const inTheMiddle = await register(scene.client.discovery, { client_name: "In the middle of a login" });
  const callback = await reachCallback(browser, attemptAuthorization(inTheMiddle).url);
  await fillClients(stack.sql, scene.tenant, "flood.example", { age: "5 minutes", approved: "1 minute" });
  await fillSessions(stack.sql, scene.tenant, { source: "flood.example" });
  const before = await countBounded(stack.sql, scene.tenant);

  const refused = await fetch(scene.client.discovery.registration_endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(FLOOD),
  });
  await refused.body?.cancel();
  await logIn({ client: await register(scene.client.discovery, { client_name: "Newcomer" }) });

  assertEquals(refused.status, 429);
  assertEquals((await readLocation(await browser.get(callback))).searchParams.has("code"), true);
  assertEquals((await countBounded(stack.sql, scene.tenant)).clients, before.clients - 1);
});

Deno.test("A26: a person in the middle of a login survives a flood of the same source", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  await fillClients(stack.sql, scene.tenant, "localhost", { age: "5 minutes" });
  await fillSessions(stack.sql, scene.tenant, { source: "localhost" });

  for (let count = 0; count < 40; count++) {
    await approveByProgram(scene, { redirect_uris: ["http://127.0.0.1:4321/callback"] });
  }

  assertEquals((await readLocation(await browser.get(callback))).searchParams.has("code"), true);
});
