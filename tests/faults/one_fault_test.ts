import { assert, assertEquals } from "@std/assert";
import type { Fault } from "../support/stack/fault_proxy.ts";
import { assertNothingLogged } from "../support/stack/log_lines.ts";
import type { Tokens } from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";
import { type FaultyScene, type Leg, setFaultyScene } from "./support/faulty_scene.ts";
import { travel } from "./support/journey.ts";

const stack = await useStack();

const FAULTS: readonly Fault[] = [
  ...["before", "after", "late", "truncated", "halved", "corrupted", "bad_gateway"] as const,
];

/** Every request that a whole journey makes beyond the worker, by the end of its path. */
const STEPS: readonly [leg: Leg, pathEnd: string][] = [
  ["database", "begin_authorization"],
  ["database", "open_authorization_session"],
  ["database", "claim_authorization_session"],
  ["database", "complete_authorization"],
  ["database", "redeem_authorization_code"],
  ["database", "find_mcp_server"],
  ["database", "open_mcp_call"],
  ["database", "lease_upstream_refresh"],
  ["database", "store_upstream_refresh"],
  ["database", "rotate_refresh_token"],
  ["provider", "openid-configuration"],
  ["provider", "token"],
  ["provider", "jwks"],
  ["provider", "userinfo"],
  ["mcp server", "mcp"],
];

for (const [leg, pathEnd] of STEPS) {
  for (const fault of FAULTS) {
    Deno.test(`a journey goes on when ${pathEnd} of the ${leg} is ${explain(fault)}`, async () => {
      await using scene = await setFaultyScene(stack);
      await scene.forget();
      scene.proxies[leg].fail(pathEnd, fault);

      const { tokens, logins, statuses } = await travel(scene);

      assertEquals(scene.proxies[leg].pending(), [], "the fault did not happen");
      assert(logins <= 2, `${logins} logins`);
      // Only an answer of the database that nobody can read is a bug to whoever reads it.
      assert(!statuses.includes(500) || (leg === "database" && fault === "corrupted"), "a call answered 500");
      assertNothingLogged(scene.logged, listSecrets(scene, tokens));
      await assertInvariants(scene);
    });
  }
}

Deno.test("the list of steps is what a journey asks for, and nothing is left out", async () => {
  await using scene = await setFaultyScene(stack);
  await scene.forget();

  await travel(scene);

  for (const [leg, proxy] of Object.entries(scene.proxies)) {
    const known = STEPS.filter(([of]) => of === leg).map(([, pathEnd]) => pathEnd);
    const asked = [...new Set(proxy.seen())].filter((end) => !BEFORE_THE_JOURNEY.includes(end));
    assertEquals(asked.sort(), known.toSorted());
  }
});

/** What setting the scene asks for. */
const BEFORE_THE_JOURNEY = ["register_mcp_client"];

function explain(fault: Fault): string {
  const words: Partial<Record<Fault, string>> = {
    before: "lost",
    after: "answered in vain",
    bad_gateway: "answered by a broken proxy",
  };
  return words[fault] ?? fault;
}

function listSecrets({ provider }: FaultyScene, tokens: Tokens): string[] {
  return [provider.clientSecret, tokens.access_token, tokens.refresh_token, tokens.id_token!];
}

/** Nothing is half there: every token has its user, every login its one family, every family its one successor. */
async function assertInvariants({ tenant }: FaultyScene): Promise<void> {
  const [row] = await stack.sql`
    select
      (select count(*) from public.mcp_authorization_sessions
       where organization_id = ${tenant.organizationId} and completed_at is not null)::integer as completed,
      (select count(*) from public.mcp_authorization_codes
       where organization_id = ${tenant.organizationId})::integer as codes,
      (select count(*) from public.upstream_oauth_tokens
       where organization_id = ${tenant.organizationId})::integer as entries,
      (select count(*) from public.mcp_server_user
       where organization_id = ${tenant.organizationId})::integer as users`;
  const { completed } = row as unknown as { completed: number };
  assertEquals({ ...row }, { completed, codes: completed, entries: completed, users: 1 });
}
