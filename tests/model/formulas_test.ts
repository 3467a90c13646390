/**
 * The formulas of the models hold in every state, and each fails where a defence is taken out.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { buildVerifier, hasSpin, type Model } from "../support/model/spin.ts";

const ignore = !hasSpin && !Deno.env.get("CI");

/** A model in which formulas hold. */
interface Sound {
  what: string;
  model: Model;
  formulas: string[];
  isLive?: boolean;
}

/** A model without one of its defences. */
interface Mutant {
  what: string;
  model: Model;
  /** The formula that fails. */
  formula: string;
  isLive?: boolean;
}

const SAFE_ROTATION = ["stays_logged_in", "late_use_ends_the_family", "one_successor", "few_are_kept"];

const SOUND: Sound[] = [
  {
    what: "three threads that store answers in order",
    model: { name: "rotation", defines: ["THREADS=3", "TOKENS=6", "LINKS=3"] },
    formulas: SAFE_ROTATION,
  },
  {
    what: "two threads that store answers in order, and a thief who has every token",
    model: { name: "rotation", defines: ["TOKENS=6", "THIEF", "ANY_TOKEN"] },
    formulas: SAFE_ROTATION,
  },
  {
    what: "three threads that store answers in order, and a thief who steals the present token",
    model: { name: "rotation", defines: ["THREADS=3", "THIEF"] },
    formulas: ["stays_logged_in"],
  },
  {
    what: "three threads that store answers in any order, and a thief who steals the present token",
    model: { name: "rotation", defines: ["THREADS=3", "TOKENS=6", "UNORDERED", "THIEF"] },
    formulas: SAFE_ROTATION,
  },
  {
    what: "a client and a thief that refresh with more than a grace between them",
    model: { name: "rotation", defines: ["SPACED", "THIEF", "TOKENS=8"] },
    formulas: ["theft_ends_the_family"],
    isLive: true,
  },
  {
    what: "two tabs of the owner's browser, another browser, and three that redeem",
    model: { name: "login", defines: [] },
    formulas: [
      "claimed_once",
      "owner_is_not_turned_away",
      "redeemed_once",
      "replay_ends_the_family",
      "refusal_spends_the_code",
    ],
  },
  {
    what: "three workers and a provider that replaces refresh tokens or does not",
    model: { name: "upstream_lease", defines: ["WORKERS=3", "TOKENS=3"] },
    formulas: ["one_refresh", "fresh_is_taken", "newest_is_kept", "lapse_is_told"],
  },
];

for (const { what, model, formulas, isLive = false } of SOUND) {
  Deno.test({
    name: `${model.name}, ${what}: ${formulas.join(", ")}`,
    ignore,
    async fn(): Promise<void> {
      await using verifier = await buildVerifier(model, { isLive });

      const verdicts: Record<string, boolean> = {};
      for (const formula of formulas) {
        verdicts[formula] = (await verifier.verify(formula)).holds;
      }

      assertEquals(verdicts, Object.fromEntries(formulas.map((formula) => [formula, true])));
    },
  });
}

function rotation(...defines: string[]): Model {
  return { name: "rotation", defines };
}
function login(...defines: string[]): Model {
  return { name: "login", defines };
}
function lease(...defines: string[]): Model {
  return { name: "upstream_lease", defines };
}

const MUTANTS: Mutant[] = [
  {
    what: "only the previous token is known",
    model: rotation("PREVIOUS_ONLY"),
    formula: "stays_logged_in",
  },
  {
    what: "an old token leads to its own successor, which may be old as well",
    model: rotation("OWN_SUCCESSOR"),
    formula: "stays_logged_in",
  },
  {
    what: "a full row forgets its oldest token instead of resting",
    model: rotation("NO_REST"),
    formula: "stays_logged_in",
  },
  {
    what: "the grace begins anew with every use",
    model: rotation("GRACE_MOVES", "THIEF"),
    formula: "late_use_ends_the_family",
  },
  {
    what: "a late token is answered",
    model: rotation("NO_REUSE", "THIEF"),
    formula: "late_use_ends_the_family",
  },
  {
    what: "a late token is answered",
    model: rotation("NO_REUSE", "THIEF", "SPACED"),
    formula: "theft_ends_the_family",
    isLive: true,
  },
  { what: "the row is not locked", model: rotation("NO_LOCK"), formula: "one_successor" },
  {
    what: "an old token is given a successor of its own",
    model: rotation("NEW_SUCCESSOR"),
    formula: "one_successor",
  },
  {
    what: "the row keeps whatever is in its grace",
    model: rotation("NO_BOUND"),
    formula: "few_are_kept",
  },
  // What the client has to keep to, and no server can make good.
  {
    what: "the client takes more than half the grace for a refresh",
    model: rotation("EPISODE=2"),
    formula: "stays_logged_in",
  },
  {
    what: "the client refreshes what it has just been given, and stores answers in any order",
    model: rotation("UNORDERED", "HASTY"),
    formula: "stays_logged_in",
  },
  { what: "the session is not locked", model: login("NO_LOCK"), formula: "claimed_once" },
  { what: "the code is not locked", model: login("NO_LOCK"), formula: "redeemed_once" },
  { what: "any browser may claim", model: login("NO_COOKIE"), formula: "claimed_once" },
  { what: "any browser may claim", model: login("NO_COOKIE"), formula: "owner_is_not_turned_away" },
  { what: "nobody asks for the verifier", model: login("NO_VERIFIER"), formula: "redeemed_once" },
  {
    what: "a replay leaves the family as it is",
    model: login("KEEP_FAMILY"),
    formula: "replay_ends_the_family",
  },
  {
    what: "a refusal leaves the code as it is",
    model: login("KEEP_CODE"),
    formula: "refusal_spends_the_code",
  },
  { what: "nobody asks who has the lease", model: lease("NO_BUSY"), formula: "one_refresh" },
  {
    what: "a request outlives its lease",
    model: lease("LONG_REQUEST"),
    formula: "one_refresh",
  },
  { what: "anybody gives the lease back", model: lease("NO_HOLDER"), formula: "one_refresh" },
  { what: "anybody stores", model: lease("NO_HOLDER"), formula: "newest_is_kept" },
  { what: "nobody says which token is too old", model: lease("NO_FRESH"), formula: "fresh_is_taken" },
  {
    what: "a worker gives the lease back whose request nobody answered",
    model: lease("RELEASE_UNANSWERED"),
    formula: "lapse_is_told",
  },
];

for (const { what, model, formula, isLive = false } of MUTANTS) {
  Deno.test({
    name: `${model.name}: ${formula} fails where ${what}`,
    ignore,
    async fn(): Promise<void> {
      await using verifier = await buildVerifier(model, { isLive });

      assertEquals((await verifier.verify(formula)).holds, false);
    },
  });
}
