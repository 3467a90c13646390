/**
 * Random presentations of a family's tokens, over time: SQL and a plain model decide alike.
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { call, openDatabase } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newHash, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const tenant = await makeTenant(database);
const outcomes = new Set<unknown>();
Deno.test.afterAll(() => database.close());

/** Presents the token of some generations ago, some seconds after the step before. */
const step = fc.record({
  generationsAgo: fc.constantFrom(0, 0, 0, 1, 1, 2),
  seconds: fc.constantFrom(0, 1, 30, 61),
});

interface Model {
  /** The hash of each generation, the present one last. */
  generations: string[];
  successor: string | null;
  secondsSinceRotation: number;
  isRevoked: boolean;
}

function decide(model: Model, generationsAgo: number): string {
  if (model.isRevoked) {
    return "revoked";
  }
  if (generationsAgo === 0) {
    return "rotated";
  }
  return generationsAgo === 1 && model.secondsSinceRotation < 60 ? "converged" : "reused";
}

Deno.test("random presentations of refresh tokens end as the rules say", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
      const { familyId, rotation } = await issueFamily(database, tenant);
      const model: Model = {
        generations: [String(rotation.p_refresh_hash)],
        successor: null,
        secondsSinceRotation: Infinity,
        isRevoked: false,
      };
      for (const { generationsAgo, seconds } of steps) {
        await owner`
          update public.mcp_proxy_tokens set rotated_at = rotated_at - make_interval(secs => ${seconds})
          where id = ${familyId}`;
        model.secondsSinceRotation += seconds;
        const ago = Math.min(generationsAgo, model.generations.length - 1);
        const expected = decide(model, ago);

        const p_next_refresh_hash = newHash();
        const p_successor_ciphertext = newName("sealed");
        const answered = await call(service, "rotate_refresh_token", {
          ...rotation,
          p_refresh_hash: model.generations.at(-1 - ago),
          p_next_refresh_hash,
          p_successor_ciphertext,
        });

        assertEquals(answered.outcome, expected);
        outcomes.add(answered.outcome);
        if (expected === "rotated") {
          model.generations.push(p_next_refresh_hash);
          Object.assign(model, { successor: p_successor_ciphertext, secondsSinceRotation: 0 });
        }
        if (expected === "converged") {
          assertEquals(answered.successor_ciphertext, model.successor);
        }
        model.isRevoked ||= expected === "reused";
      }
    }),
    { numRuns: 100 },
  );

  assertEquals([...outcomes].sort(), ["converged", "reused", "revoked", "rotated"]);
});
