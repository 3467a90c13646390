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
  {
    defence: "a refresh token that was replaced several times within a minute leads to the present one",
    file: "supabase/schemas/functions/rotate_refresh_token.sql",
    find: "then public.rotations_in_grace(p_family => family)",
    replace: "then null",
    tests: ["tests/sql/rotate_refresh_token"],
  },
  {
    defence: "a refresh token that comes back late ends the family",
    file: "supabase/schemas/functions/rotate_refresh_token.sql",
    find:
      "set revoked_at = now(), revoked_reason = 'refresh_token_reused', expires_at = least(family.expires_at, now())",
    replace: "set expires_at = family.expires_at",
    tests: ["tests/sql/rotate_refresh_token"],
  },
  {
    defence: "twenty rotations within a minute are followed by a rest",
    file: "supabase/schemas/functions/rotate_refresh_token.sql",
    find: "coalesce(cardinality(family.earlier_rotations), 0) < 19",
    replace: "true",
    tests: ["tests/sql/rotate_refresh_token"],
  },
  {
    defence: "the previous refresh token is answered for a minute only",
    file: "supabase/schemas/functions/rotations_in_grace.sql",
    find: "if v_since_rotation < public.refresh_grace() then",
    replace: "if v_since_rotation is not null then",
    tests: ["tests/sql/rotate_refresh_token"],
  },
  {
    defence: "an earlier refresh token is answered for a minute only",
    file: "supabase/schemas/functions/rotations_in_grace.sql",
    find: "if v_rotation.older_by < public.refresh_grace() then",
    replace: "if true then",
    tests: ["tests/sql/rotate_refresh_token"],
  },
  {
    defence: "a rotation does not lengthen the minute of the tokens before it",
    file: "supabase/schemas/functions/rotations_in_grace.sql",
    find: "v_rotation.older_by := v_rotation.older_by + v_since_rotation;",
    replace: "",
    tests: ["tests/sql/rotate_refresh_token"],
  },
  {
    defence: "an old refresh token leads to the present one, not to one that is old as well",
    file: "supabase/schemas/functions/find_successors.sql",
    find: "where rotation.position >= (",
    replace: "where rotation.position = (",
    tests: ["tests/sql/rotate_refresh_token"],
  },
  ...UPSTREAM_MUTANTS,
];
