/**
 * The defences that are taken out: each with the text that is it, what stands there without it, and who must notice.
 *
 * @module
 */

import { UPSTREAM_MUTANTS } from "./upstream_list.ts";

/** A defence and its absence. */
export interface Mutant {
  /** What no longer holds. */
  defence: string;
  file: string;
  /** Stands in the file exactly once. */
  find: string;
  replace: string;
  /** Test files, one of which must fail. */
  tests: string[];
}

/** Every mutant, by file. */
export const MUTANTS: readonly Mutant[] = [
  {
    defence: "a replayed code revokes what it gave",
    file: "supabase/schemas/functions/redeem_authorization_code.sql",
    find: "where family.id = v_code.mcp_proxy_token_id and family.revoked_at is null;",
    replace: "where false;",
    tests: ["tests/sql/redeem_authorization_code"],
  },
  {
    defence: "a ciphertext opens for its own purpose only",
    file: "functions/_shared/secrets/encryption.ts",
    find: "if (typ !== purpose) {",
    replace: "if (false) {",
    tests: ["tests/unit/encryption_test.ts"],
  },
  ...UPSTREAM_MUTANTS,
];
