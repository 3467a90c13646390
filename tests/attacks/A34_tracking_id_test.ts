/**
 * A member of the organization, or whoever has a dump, looks for the tracking id of a visitor, to be that visitor.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { decodeJwt } from "jose";
import { openBrowser, reachCallback } from "../support/client/browser.ts";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const service = createClient(stack.status.API_URL, stack.status.SECRET_KEY);

async function track({ tenant }: Scene, trackingId: string): Promise<{ outcome: string; id: string }> {
  const { data } = await service.rpc("track_mcp_server_user", {
    p_organization_id: tenant.organizationId,
    p_tracking_id: trackingId,
  });
  return { outcome: data.outcome, id: data.mcp_server_user_id };
}

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const tables = await stack.sql`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`;
  const rows = await Promise.all(
    tables.map(({ name }) => stack.sql`select * from public.${stack.sql(name)}`),
  );
  return JSON.stringify(rows);
}

Deno.test("A34: no row of a dump holds a tracking id: not the visitor's, not that of a login under way", async () => {
  await using scene = await setScene(stack);
  const [visitor, passenger] = [crypto.randomUUID(), crypto.randomUUID()];
  await track(scene, visitor);
  const attempt = attemptAuthorization(scene.client, { tracking_id: passenger });
  await reachCallback(openBrowser(), attempt.url);

  const text = await dump();

  assertEquals(text.includes(scene.tenant.organizationId), true);
  assertEquals([text.includes(visitor), text.includes(passenger)], [false, false]);
});

Deno.test("A34: what stands in a dump is not taken for the tracking id, and differs between organizations", async () => {
  await using scene = await setScene(stack);
  await using other = await setScene(stack);
  const trackingId = crypto.randomUUID();
  const [visitor, elsewhere] = [await track(scene, trackingId), await track(other, trackingId)];
  const hashes = [];
  for (const { id } of [visitor, elsewhere]) {
    const [row] = await stack.sql`select tracking_hash from public.mcp_server_user where id = ${id}`;
    assertMatch(String(row?.["tracking_hash"]), /^[A-Za-z0-9_-]{43}$/);
    hashes.push(String(row?.["tracking_hash"]));
  }

  const impostor = await track(scene, hashes[0]!);

  assertEquals([impostor.outcome, impostor.id === visitor.id], ["tracked", false]);
  assertEquals(hashes[0] === hashes[1], false);
});

for (const role of ["owner", "admin", "member"] as const) {
  Deno.test(`A34: a platform user who is ${role} reads no tracking id, by name or by star, and sees the visitor`, async () => {
    await using scene = await setScene(stack);
    const { id } = await track(scene, crypto.randomUUID());
    const { client } = await signInMember(stack, scene.tenant.organizationId, role);

    const people = client.from("mcp_server_user");
    const [named, starred, seen] = [
      await people.select("tracking_hash"),
      await people.select("*"),
      await people.select("id"),
    ];

    assertEquals([named.error?.code, starred.error?.code, seen.data], ["42501", "42501", [{ id }]]);
  });
}

Deno.test("A34: a login that carries the tracking id still claims the visitor", async () => {
  await using scene = await setScene(stack);
  const trackingId = crypto.randomUUID();
  const { id } = await track(scene, trackingId);

  const { tokens } = await logIn(scene, { tracking_id: trackingId });

  assertEquals(decodeJwt(tokens.access_token).sub, id);
  assertEquals((await track(scene, trackingId)).outcome, "known");
});
