/**
 * Random runs of the model of rotation, call by call on a real database: both answer alike.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../support/database/database.ts";
import { issueFamily, makeTenant, newHash } from "../support/database/rows.ts";
import { describeRun, hasSpin, type Model, simulate } from "../support/model/spin.ts";

const ignore = !hasSpin && !Deno.env.get("CI");
const database = await openDatabase();
const { service, owner } = database;
const tenant = await makeTenant(database);
Deno.test.afterAll(() => database.close());

/** The row keeps as many tokens as in SQL, so that both rest at the same moment. */
const SIZES = ["TOKENS=60", "LINKS=20", "THREADS=3"];
const MODELS: Model[] = [
  [],
  ["UNORDERED"],
  ["THIEF"],
  ["THIEF", "ANY_TOKEN"],
  ["THIEF", "SPACED"],
].map((parties) => ({ name: "rotation", defines: [...SIZES, ...parties] }));
const SEEDS = 20;
const STEPS = 20_000;
const LONGEST = 80;
/** A grace is three ticks in the model and sixty seconds in SQL. */
const SECONDS_OF_A_TICK = 20;

const OUTCOMES: Record<string, string> = {
  rotated: "rotated",
  converged: "converged",
  reused: "reused",
  revoked_before: "revoked",
};
/** What happened at least once in all runs. */
const seen = new Set<string>();

Deno.test({
  name: `rotate_refresh_token answers ${
    MODELS.length * SEEDS
  } random runs of threads and thieves as the model does`,
  ignore,
  async fn(): Promise<void> {
    for (const model of MODELS) {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const steps = await simulate(model, seed, STEPS);
        await replay(steps.slice(0, LONGEST), describeRun(model, seed, STEPS));
      }
    }

    assertEquals([...seen].sort(), [
      "an old one converged",
      "converged",
      "rested",
      "reused",
      "revoked",
      "rotated",
    ]);
  },
});

async function replay(steps: string[], run: string): Promise<void> {
  const { familyId, rotation } = await issueFamily(database, tenant);
  const hashes = [rotation.p_refresh_hash];
  let isRevoked = false;

  for (const [index, step] of steps.entries()) {
    const [, what, , token, outcome, answer] = step.split(" ");
    if (what === "tick") {
      await owner`
        update public.mcp_proxy_tokens set rotated_at = rotated_at - make_interval(secs => ${SECONDS_OF_A_TICK})
        where id = ${familyId}`;
      continue;
    }
    const [presented, given] = [Number(token), Number(answer)];
    const hash = newHash();
    const answered = await call(service, "rotate_refresh_token", {
      ...rotation,
      p_refresh_hash: hashes[presented],
      p_next_refresh_hash: hash,
      // Which token leads to which: the model counts them in the order in which they are made.
      p_successor_ciphertext: `${presented} to ${hashes.length}`,
    });

    const place = `${step}, step ${index} of ${run}`;
    assertEquals([answered.outcome, place], [OUTCOMES[outcome!], place]);
    if (outcome === "rotated") {
      hashes.push(hash);
      assertEquals([hashes.length - 1, place], [given, place]);
    }
    if (outcome === "converged") {
      const led = Array.from(
        { length: given - presented },
        (_, count) => `${presented + count} to ${presented + count + 1}`,
      );
      assertEquals([answered.successor_ciphertexts, place], [led, place]);
    }
    isRevoked ||= outcome === "reused";
    noteWhatHappened(String(answered.outcome), given - presented);
  }

  const [family] = await owner`
    select refresh_hash, revoked_at is not null as revoked from public.mcp_proxy_tokens where id = ${familyId}`;
  assertEquals([{ ...family }, run], [{ refresh_hash: hashes.at(-1), revoked: isRevoked }, run]);
}

function noteWhatHappened(outcome: string, generations: number): void {
  const isRest = outcome === "converged" && generations === 0;
  const isOld = outcome === "converged" && generations > 1;
  seen.add(isRest ? "rested" : isOld ? "an old one converged" : outcome);
}
