import { assertEquals, assertNotEquals } from "@std/assert";
import { postForm, refreshForm } from "../support/client/mcp_client.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { listEvents } from "../support/stack/tenant.ts";

const stack = await useStack();
const ROUNDS = 100;
const PARALLEL = 20;
const GENERATIONS = 4;
/** Of one family: fewer rotations in a minute than the row keeps. */
const SECONDS_BETWEEN_ROUNDS = 4;

Deno.test(`A12: ${PARALLEL} parallel refreshes of one token leave one living successor, in ${ROUNDS} rounds over two workers`, async () => {
  await using scene = await setScene(stack);
  let present = (await logIn(scene)).tokens.refresh_token;

  for (let round = 0; round < ROUNDS; round++) {
    const successor = await refreshAtOnce(scene, Array.from({ length: PARALLEL }, () => present));
    assertNotEquals(successor, present);
    present = successor;
    await letSecondsPass(scene);
  }

  await assertStaysLoggedIn(scene);
});

Deno.test(`A12: ${PARALLEL} parallel refreshes with tokens of four generations lead to one, in ${ROUNDS} rounds over two workers`, async () => {
  await using scene = await setScene(stack);
  const tokens = [(await logIn(scene)).tokens.refresh_token];

  for (let round = 0; round < ROUNDS; round++) {
    const latest = tokens.slice(-GENERATIONS);
    const presented = Array.from({ length: PARALLEL }, (_, index) => latest[index % latest.length]!);
    // Who comes before the winner is given the present token, which then converges as well.
    await refreshAtOnce(scene, presented, [tokens.at(-1)!]);
    tokens.push(await refreshAtOnce(scene, presented));
    assertEquals(new Set(tokens).size, tokens.length);
    await letSecondsPass(scene);
  }

  await assertStaysLoggedIn(scene);
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

/** Refreshes with all tokens at once, and returns the one token that all are given; some others may be given as well. */
async function refreshAtOnce({ client }: Scene, presented: string[], others: string[] = []): Promise<string> {
  const answers = await Promise.all(
    presented.map((token) => postForm(client.discovery.token_endpoint, refreshForm(client, token))),
  );
  const bodies = await Promise.all(answers.map((answer) => answer.json()));
  const given = new Set(bodies.map((body) => body.refresh_token).filter((token) => !others.includes(token)));
  assertEquals({ statuses: [...new Set(answers.map(({ status }) => status))], given: given.size }, {
    statuses: [200],
    given: 1,
  });
  return [...given][0]!;
}

async function letSecondsPass({ tenant }: Scene): Promise<void> {
  await stack.sql`
    update public.mcp_proxy_tokens set rotated_at = rotated_at - make_interval(secs => ${SECONDS_BETWEEN_ROUNDS})
    where organization_id = ${tenant.organizationId}`;
}

async function assertStaysLoggedIn({ tenant }: Scene): Promise<void> {
  const families = await stack.sql`
    select revoked_at from public.mcp_proxy_tokens where organization_id = ${tenant.organizationId}`;
  assertEquals(families.map(({ revoked_at }) => revoked_at), [null]);
  assertEquals(
    (await listEvents(stack, tenant.organizationId)).some((event) => event.startsWith("tokens_")),
    false,
  );
}
