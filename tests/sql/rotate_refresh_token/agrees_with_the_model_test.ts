/**
 * Random presentations of a family's tokens, over time: SQL and a plain model decide alike.
 *
 * The same rules stand as formulas in `tests/model`; this needs no program that may be missing.
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
  generationsAgo: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 20),
  seconds: fc.constantFrom(0, 0, 0, 1, 30, 61),
});
const rotation = { generationsAgo: 0, seconds: 0 };
/** Some steps after as many rotations in a row as the row can keep, or fewer. */
const presentations = fc.tuple(
  fc.constantFrom(0, 0, 2, 18, 19, 20),
  fc.array(step, { minLength: 1, maxLength: 15 }),
)
  .map(([rotations, steps]) => [...Array.from({ length: rotations }, () => rotation), ...steps]);

/** A token that was replaced. */
interface Replaced {
  hash: string;
  successor: string;
  secondsSinceFirstUse: number;
}

interface Model {
  replaced: Replaced[];
  present: string;
  /** How many replaced tokens the last rotation left in their minute. */
  kept: number;
  isRevoked: boolean;
}

function decide({ replaced, kept, isRevoked }: Model, generationsAgo: number): string {
  if (isRevoked) {
    return "revoked";
  }
  if (generationsAgo > 0) {
    return replaced.at(-generationsAgo)!.secondsSinceFirstUse < 60 ? "converged" : "reused";
  }
  return kept === 20 && replaced.at(-1)!.secondsSinceFirstUse < 60 ? "converged" : "rotated";
}

Deno.test("random presentations of refresh tokens end as the rules say", async () => {
  await fc.assert(
    fc.asyncProperty(presentations, async (steps) => {
      const { familyId, rotation: args } = await issueFamily(database, tenant);
      const model: Model = {
        replaced: [],
        present: String(args.p_refresh_hash),
        kept: 0,
        isRevoked: false,
      };
      for (const { generationsAgo, seconds } of steps) {
        await owner`
          update public.mcp_proxy_tokens set rotated_at = rotated_at - make_interval(secs => ${seconds})
          where id = ${familyId}`;
        model.replaced.forEach((token) => token.secondsSinceFirstUse += seconds);
        const ago = Math.min(generationsAgo, model.replaced.length);
        const expected = decide(model, ago);

        const presented = ago === 0 ? model.present : model.replaced.at(-ago)!.hash;
        const p_next_refresh_hash = newHash();
        const p_successor_ciphertext = newName("sealed");
        const answered = await call(service, "rotate_refresh_token", {
          ...args,
          p_refresh_hash: presented,
          p_next_refresh_hash,
          p_successor_ciphertext,
        });

        assertEquals(answered.outcome, expected);
        outcomes.add(ago === 0 && expected === "converged" ? "rested" : expected);
        if (expected === "converged") {
          const successors = model.replaced.slice(model.replaced.length - ago).map(({ successor }) =>
            successor
          );
          assertEquals(answered.successor_ciphertexts, successors);
        }
        if (expected === "rotated") {
          model.replaced.push({
            hash: presented,
            successor: p_successor_ciphertext,
            secondsSinceFirstUse: 0,
          });
          model.present = p_next_refresh_hash;
          model.kept = model.replaced.filter(({ secondsSinceFirstUse }) => secondsSinceFirstUse < 60).length;
        }
        model.isRevoked ||= expected === "reused";
      }
    }),
    { numRuns: 100 },
  );

  assertEquals([...outcomes].sort(), ["converged", "rested", "reused", "revoked", "rotated"]);
});
