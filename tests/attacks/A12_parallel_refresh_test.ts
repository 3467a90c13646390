import { assertEquals } from "@std/assert";
import { postForm, refreshForm } from "../support/client/mcp_client.ts";
import { logIn, setScene } from "../support/stack/scene.ts";
import { findStack } from "../support/stack/shared_stack.ts";
import { listEvents } from "../support/stack/tenant.ts";

const stack = await findStack();
const ROUNDS = 100;
const PARALLEL = 20;

Deno.test(`A12: ${PARALLEL} parallel refreshes of one token leave one living successor, in ${ROUNDS} rounds over two workers`, async () => {
  await using scene = await setScene(stack);
  const { client, tenant } = scene;
  let refreshToken = (await logIn(scene)).tokens.refresh_token;

  for (let round = 0; round < ROUNDS; round++) {
    const answers = await Promise.all(
      Array.from(
        { length: PARALLEL },
        () => postForm(client.discovery.token_endpoint, refreshForm(client, refreshToken)),
      ),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.json()));

    const successors = new Set(bodies.map((body) => body.refresh_token));
    assertEquals(
      { statuses: [...new Set(answers.map(({ status }) => status))], successors: successors.size },
      {
        statuses: [200],
        successors: 1,
      },
    );
    refreshToken = [...successors][0];
  }

  const families = await stack.sql`
    select revoked_at from public.mcp_proxy_tokens where organization_id = ${tenant.organizationId}`;
  assertEquals(families.map(({ revoked_at }) => revoked_at), [null]);
  assertEquals(
    (await listEvents(stack, tenant.organizationId)).some((event) => event.startsWith("tokens_")),
    false,
  );
});

Deno.test("A12: a client that lost the answer is given the same successor again, sealed for it alone", async () => {
  await using scene = await setScene(stack);
  const { client } = scene;
  const { tokens } = await logIn(scene);
  const refresh = async (): Promise<string> => {
    const answer = await postForm(client.discovery.token_endpoint, refreshForm(client, tokens.refresh_token));
    return (await answer.json()).refresh_token;
  };

  const [first, second] = [await refresh(), await refresh()];

  assertEquals(first, second);
  const [row] = await stack.sql`
    select to_jsonb(family)::text as everything from public.mcp_proxy_tokens as family
    where family.organization_id = ${scene.tenant.organizationId}`;
  assertEquals(String(row?.["everything"]).includes(first), false);
});
