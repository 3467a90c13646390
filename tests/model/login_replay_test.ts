/**
 * Random runs of the model of a login, call by call on a real database: both answer alike.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../support/database/database.ts";
import { buildApproval, buildCompletion, makeTenant, newHash } from "../support/database/rows.ts";
import { describeRun, hasSpin, type Model, simulate } from "../support/model/spin.ts";

const ignore = !hasSpin && !Deno.env.get("CI");
const database = await openDatabase();
const { service, owner } = database;
const tenant = await makeTenant(database);
Deno.test.afterAll(() => database.close());

const MODEL: Model = { name: "login", defines: [] };
const SEEDS = 60;
const STEPS = 300;
/** As the model names the two parties. */
const OWNER = "0";
const seen = new Set<string>();

Deno.test({
  name: `a login ends in ${SEEDS} random runs of claims, completions and redemptions as in the model`,
  ignore,
  async fn(): Promise<void> {
    for (let seed = 1; seed <= SEEDS; seed++) {
      await replay(await simulate(MODEL, seed, STEPS), describeRun(MODEL, seed, STEPS));
    }

    assertEquals([...seen].sort(), [
      "claim claimed",
      "claim expired",
      "claim other_browser",
      "claim replayed",
      "complete completed",
      "redeem expired",
      "redeem redeemed",
      "redeem replayed",
      "redeem wrong_verifier",
    ]);
  },
});

async function replay(steps: string[], run: string): Promise<void> {
  const approval = buildApproval(tenant);
  await call(service, "open_authorization_session", approval);
  const completion = buildCompletion(tenant, "unclaimed");
  const act: Record<string, (who: string | undefined) => Promise<Row>> = {
    claim: (who) =>
      call(service, "claim_authorization_session", {
        p_state_hash: approval.p_state_hash,
        p_browser_hash: who === OWNER ? approval.p_browser_hash : newHash(),
      }),
    complete: () => call(service, "complete_authorization", completion),
    redeem: (who) =>
      call(service, "redeem_authorization_code", {
        p_slug: tenant.slug,
        p_client_id: tenant.clientId,
        p_client_secret_hash: null,
        p_code_hash: completion.p_code_hash,
        p_redirect_uri: approval.p_redirect_uri,
        p_code_challenge: who === OWNER ? approval.p_code_challenge : newHash(),
        p_resource: approval.p_resource,
        p_handle_hash: newHash(),
        p_refresh_hash: newHash(),
      }),
  };

  for (const [index, step] of steps.entries()) {
    const [, what, ...rest] = step.split(" ");
    const place = `${step}, step ${index} of ${run}`;
    if (what === "session_expires") {
      await owner`
        update public.mcp_authorization_sessions set expires_at = now() where state_hash = ${
        String(approval.p_state_hash)
      }`;
      continue;
    }
    if (what === "code_expires") {
      await owner`
        update public.mcp_authorization_codes set expires_at = now() where code_hash = ${
        String(completion.p_code_hash)
      }`;
      continue;
    }
    const [who, outcome, isLiving] = what === "complete" ? [undefined, rest[0]] : rest;
    const answered = await act[what!]!(who);

    assertEquals([answered.outcome, place], [outcome, place]);
    seen.add(`${what} ${answered.outcome}`);
    if (outcome === "claimed") {
      completion.p_session_id = answered.session_id;
    }
    if (what === "redeem") {
      assertEquals([await hasLivingFamily(String(completion.p_code_hash)), place], [isLiving === "1", place]);
    }
  }
}

async function hasLivingFamily(codeHash: string): Promise<boolean> {
  const families = await owner`
    select from public.mcp_authorization_codes as code
    join public.mcp_proxy_tokens as family on family.id = code.mcp_proxy_token_id
    where code.code_hash = ${codeHash} and family.revoked_at is null`;
  return families.length > 0;
}
