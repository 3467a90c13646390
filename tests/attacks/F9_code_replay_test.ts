import { assertEquals } from "@std/assert";
import { hashSecret, randomSecret } from "../../functions/_shared/secrets/secrets.ts";
import { postForm, redemptionForm, refreshForm } from "../support/client/mcp_client.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { logIn, obtainCode, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { listEvents } from "../support/stack/tenant.ts";

const stack = await useStack();
const ROUNDS = 200;
const PARALLEL = 50;

Deno.test("F9: a code that is replayed is refused, and what it gave is revoked", async () => {
  await using scene = await setScene(stack);
  const { client, tenant } = scene;
  const { attempt, code, tokens } = await logIn(scene);

  const replay = await postForm(
    client.discovery.token_endpoint,
    redemptionForm(client, code, attempt.codeVerifier),
  );

  await assertRefused(replay, 400, "invalid_grant");
  const refresh = await postForm(client.discovery.token_endpoint, refreshForm(client, tokens.refresh_token));
  await assertRefused(refresh, 400, "invalid_grant");
  const authorization = { Authorization: `Bearer ${tokens.access_token}` };
  const userinfo = await fetch(client.discovery.userinfo_endpoint, { headers: authorization });
  await assertRefused(userinfo, 401, "invalid_token");
  const call = await fetch(tenant.mcpUrl, { method: "POST", headers: authorization, body: "{}" });
  await assertRefused(call, 401, "invalid_token");
  assertEquals((await listEvents(stack, tenant.organizationId)).at(-1), "code_refused:replayed");
});

Deno.test("F9: a thief who replays a code with a verifier of its own ends the family as well", async () => {
  await using scene = await setScene(stack);
  const { client } = scene;
  const { code, tokens } = await logIn(scene);

  const replay = await postForm(
    client.discovery.token_endpoint,
    redemptionForm(client, code, randomSecret()),
  );

  await assertRefused(replay, 400, "invalid_grant");
  const refresh = await postForm(client.discovery.token_endpoint, refreshForm(client, tokens.refresh_token));
  await assertRefused(refresh, 400, "invalid_grant");
});

Deno.test("F9: a code is refused when it is older than a minute", async () => {
  await using scene = await setScene(stack);
  const { client, tenant } = scene;
  const { attempt, code } = await obtainCode(scene);
  await stack.sql`
    update public.mcp_authorization_codes set expires_at = now() - interval '1 second'
    where organization_id = ${tenant.organizationId}`;

  const late = await postForm(
    client.discovery.token_endpoint,
    redemptionForm(client, code, attempt.codeVerifier),
  );

  await assertRefused(late, 400, "invalid_grant");
});

Deno.test(`F9: of ${PARALLEL} parallel redemptions of one code exactly one succeeds, in ${ROUNDS} rounds over two workers`, async () => {
  await using scene = await setScene(stack);
  const { client } = scene;
  const codeVerifier = randomSecret();
  const { code: first } = await obtainCode(scene, { code_challenge: hashSecret(codeVerifier) });
  const codes = await multiplyCode(first, scene);

  const rounds: Record<string, number>[] = [];
  for (const code of codes) {
    const form = redemptionForm(client, code, codeVerifier);
    const answers = await Promise.all(
      Array.from({ length: PARALLEL }, () => postForm(client.discovery.token_endpoint, form)),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    rounds.push(countOutcomes(bodies));
  }

  assertEquals(rounds, codes.map(() => ({ redeemed: 1, invalid_grant: PARALLEL - 1 })));
  const living = await stack.sql`
    select count(*)::integer as count from public.mcp_proxy_tokens
    where organization_id = ${scene.tenant.organizationId} and revoked_at is null`;
  assertEquals(living[0]?.["count"], 0);
});

function countOutcomes(bodies: Record<string, unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const body of bodies) {
    const outcome = "access_token" in body ? "redeemed" : String(body["error"]);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** As many codes as there are rounds: each a copy of a real one, with a vault entry of its own. */
async function multiplyCode(code: string, { tenant }: Scene): Promise<string[]> {
  const codes = Array.from({ length: ROUNDS }, () => randomSecret());
  const hashes = codes.map(hashSecret);
  await stack.sql`
    with entry as (
      insert into public.upstream_oauth_tokens
        (id, organization_id, mcp_server_user_id, oauth_config_id, access_token_ciphertext, client_generation)
      select 'uoat_' || hash, original.organization_id, original.mcp_server_user_id, original.oauth_config_id,
        original.access_token_ciphertext, original.client_generation
      from unnest(${hashes}::text[]) as hash, public.upstream_oauth_tokens as original
      where original.organization_id = ${tenant.organizationId}
      returning id
    )
    insert into public.mcp_authorization_codes
      (code_hash, organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id,
       redirect_uri, resource, scope, code_challenge, expires_at)
    select substr(entry.id, 6), code.organization_id, code.mcp_server_id, code.mcp_client_registration_id,
      code.mcp_server_user_id, entry.id, code.redirect_uri, code.resource, code.scope, code.code_challenge,
      now() + interval '10 minutes'
    from entry, public.mcp_authorization_codes as code
    where code.code_hash = ${hashSecret(code)}`;
  return codes;
}
