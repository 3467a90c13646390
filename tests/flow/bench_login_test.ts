/**
 * The login that `deno task bench` measures, once: it is whole, and each of its steps is timed.
 *
 * @module
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import { logIn } from "../bench/logins/client/log_in.ts";
import type { Step } from "../bench/logins/client/way.ts";
import { openTenants } from "../bench/logins/sides/gatepost.ts";
import { startUpstream } from "../bench/logins/upstream_server.ts";
import { countRows } from "../support/stack/tenant.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

Deno.test("a login of the bench goes through every step, each timed once, in order", async () => {
  await using upstream = await startUpstream();
  const [way] = await openTenants(stack, { upstreamUrl: upstream.url });
  const taken: Step[] = [];

  const tokens = await logIn(way!, "person-7", (step, act) => {
    taken.push(step);
    return act();
  });

  assertNotEquals(tokens.access_token, "");
  assertEquals(taken, ["authorize", "consent", "upstream", "callback", "token", "userinfo", "refresh"]);
});

Deno.test("people of the bench are as many end users as have logged in", async () => {
  await using upstream = await startUpstream();
  const [way] = await openTenants(stack, { upstreamUrl: upstream.url });

  for (const person of ["person-1", "person-2", "person-1"]) {
    await logIn(way!, person, (_step, act) => act());
  }

  const slug = way!.resource!.split("/").at(-1)!;
  const [server] = await stack.sql`select organization_id from public.mcp_servers where slug = ${slug}`;
  assertEquals(await countRows(stack, "mcp_server_user", server?.["organization_id"]), 2);
});
