/**
 * The orders in which functions take their locks.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const FUNCTIONS = "supabase/schemas/functions";
const tests = ["tests/sql/concurrency/lock_keys_test.ts"];

/** One order each. */
export const LOCK_MUTANTS: readonly Mutant[] = [
  {
    defence: "vault entries that lend are locked before those that borrow",
    file: `${FUNCTIONS}/lock_vault_entries.sql`,
    find: "  order by upstream.lender_id is not null, upstream.id\n",
    replace: "  order by upstream.id\n",
    tests,
  },
  {
    defence: "a withdrawal locks the codes of a user by key",
    file: `${FUNCTIONS}/withdraw_user_tokens.sql`,
    find: "    order by own.code_hash\n",
    replace: "",
    tests,
  },
  {
    defence: "a withdrawal locks the token families of a user by key",
    file: `${FUNCTIONS}/withdraw_user_tokens.sql`,
    find: "    order by own.id\n",
    replace: "",
    tests,
  },
  {
    defence: "the end of many connections locks token families by key",
    file: `${FUNCTIONS}/end_connections.sql`,
    find: "      order by own.id\n",
    replace: "",
    tests,
  },
  {
    defence: "a person's own revocation locks codes by key",
    file: `${FUNCTIONS}/revoke_own_connections.sql`,
    find: "      order by own.code_hash\n",
    replace: "",
    tests,
  },
  {
    defence: "changes of one organization wait for each other before they lock anything",
    file: `${FUNCTIONS}/hold_organization.sql`,
    find: "  for no key update;\n",
    replace: ";\n",
    tests,
  },
  {
    defence: "a login does not wait for the vault entry of a surplus code",
    file: `${FUNCTIONS}/end_surplus_codes.sql`,
    find: "      for update of upstream skip locked\n",
    replace: "",
    tests,
  },
  {
    defence: "clean-up does not wait for the vault entry of an expired code",
    file: `${FUNCTIONS}/purge_expired.sql`,
    find: "      for update of upstream skip locked\n",
    replace: "",
    tests,
  },
];
