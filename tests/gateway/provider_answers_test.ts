import { assertEquals } from "@std/assert";
import { DEVIATIONS } from "../support/provider/deviations.ts";
import { setGatewayScene } from "../support/stack/gateway_scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

for (const { what, shape, program, config, login, person, refreshes } of DEVIATIONS) {
  Deno.test(`a person logs in and calls the server at a provider with ${what}`, async () => {
    await using scene = await setGatewayScene(stack, {
      ...(shape && { shape }),
      ...(program && { program }),
      ...(config && { config }),
      ...(login && { login }),
    });

    const answer = await scene.call();

    await answer.body?.cancel();
    assertEquals(answer.status, 200);
    const [row] = await stack.sql`
      select person.upstream_sub, person.email, entry.refresh_token_ciphertext is not null as refreshes
      from public.mcp_server_user as person
      join public.upstream_oauth_tokens as entry on entry.mcp_server_user_id = person.id
      where person.organization_id = ${scene.tenant.organizationId}`;
    assertEquals({ ...row }, {
      upstream_sub: "1001",
      email: "ada@example.com",
      refreshes: refreshes ?? true,
      ...person,
    });
  });
}
