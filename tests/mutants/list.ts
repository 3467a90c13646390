/**
 * The defences that are taken out: each with the text that is it, what stands there without it, and who must notice.
 *
 * @module
 */

import { DOCTOR_MUTANTS } from "./doctor_list.ts";
import { BOUND_MUTANTS } from "./bounds_list.ts";
import { CONSOLE_MUTANTS } from "./console_list.ts";
import { DATABASE_MUTANTS } from "./database_list.ts";
import { GATEWAY_MUTANTS } from "./gateway_list.ts";
import { CLIENT_MUTANTS } from "./clients_list.ts";
import { LOCK_MUTANTS } from "./locks_list.ts";
import { MEMORY_MUTANTS } from "./memory_list.ts";
import { SECRET_MUTANTS } from "./secrets_list.ts";
import { OWNER_MUTANTS } from "./owner_list.ts";
import { RECORDS_MUTANTS } from "./records_list.ts";
import { PEOPLE_MUTANTS } from "./people_list.ts";
import { TELEMETRY_MUTANTS } from "./telemetry_list.ts";
import { TENANT_MUTANTS } from "./tenants_list.ts";
import { UPSTREAM_MUTANTS } from "./upstream_list.ts";
import { USAGE_MUTANTS } from "./usage_list.ts";

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
    find: "header.typ !== typ || ",
    replace: "",
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
    find: "where rotation.ordinality >= (",
    replace: "where rotation.ordinality = (",
    tests: ["tests/sql/rotate_refresh_token"],
  },
  {
    defence: "a new place needs the client secret",
    file: "supabase/schemas/functions/save_oauth_config.sql",
    find: "if v_has_new_place and p_client_secret_ciphertext is null",
    replace: "if false",
    tests: ["tests/sql/save_oauth_config"],
  },
  {
    defence: "a new place starts a new client generation",
    file: "supabase/schemas/functions/save_oauth_config.sql",
    find: "if v_has_new_place or v_config.client_id <> v_before.client_id then",
    replace: "if v_config.client_id <> v_before.client_id then",
    tests: ["tests/sql/save_oauth_config"],
  },
  {
    defence: "a code does not go to a place of a later client generation",
    file: "supabase/schemas/functions/claim_authorization_session.sql",
    find: "if v_config.client_generation <> v_session.client_generation then",
    replace: "if false then",
    tests: ["tests/sql/claim_authorization_session"],
  },
  {
    defence: "tokens belong to the client generation under which the login began",
    file: "supabase/schemas/functions/complete_authorization.sql",
    find: "p_client_generation => v_session.client_generation",
    replace: "p_client_generation => null",
    tests: ["tests/sql/complete_authorization"],
  },
  {
    defence: "a login ends after three refusals and not before",
    file: "supabase/schemas/functions/count_upstream_refusal.sql",
    find: "if v_holder.refusals >= 2 and",
    replace: "if v_holder.refusals >= 1 and",
    tests: ["tests/sql/count_upstream_refusal"],
  },
  {
    defence: "refusals end a login after ten minutes and not before",
    file: "supabase/schemas/functions/count_upstream_refusal.sql",
    find: "and v_holder.first_refused_at <= now() - interval '10 minutes' then",
    replace: "then",
    tests: ["tests/sql/count_upstream_refusal"],
  },
  {
    defence: "a refresh that succeeds forgets refusals",
    file: "supabase/schemas/functions/store_upstream_refresh.sql",
    find: "      refresh_lease_hash = null,\n      first_refused_at = null,\n      refusals = 0\n",
    replace: "      refresh_lease_hash = null\n",
    tests: ["tests/sql/count_upstream_refusal"],
  },
  {
    defence: "a dead refresh token ends every login that lives on it",
    file: "supabase/schemas/functions/end_lent_refresh.sql",
    find: "where (login.id = p_holder_id or login.lender_id = p_holder_id)",
    replace: "where false",
    tests: ["tests/sql/lent_refresh"],
  },
  {
    defence: "a dead refresh token is forgotten",
    file: "supabase/schemas/functions/end_lent_refresh.sql",
    find: "  set refresh_token_ciphertext = null,\n      source = null,",
    replace: "  set source = null,",
    tests: ["tests/sql/lent_refresh"],
  },
  {
    defence: "nobody borrows the refresh token of another account",
    file: "supabase/schemas/functions/find_refresh_lender.sql",
    find: "    and holder.subject = p_subject\n",
    replace: "",
    tests: ["tests/sql/lent_refresh"],
  },
  {
    defence: "nobody borrows a refresh token of another client generation",
    file: "supabase/schemas/functions/find_refresh_lender.sql",
    find: "    and holder.client_generation = p_client_generation\n",
    replace: "",
    tests: ["tests/sql/lent_refresh"],
  },
  {
    defence: "nobody borrows a refresh token of another config",
    file: "supabase/schemas/functions/find_refresh_lender.sql",
    find: "    and holder.oauth_config_id = p_oauth_config_id\n",
    replace: "",
    tests: ["tests/sql/lent_refresh"],
  },
  {
    defence: "nobody borrows a refresh token that is given back meanwhile",
    file: "supabase/schemas/functions/find_refresh_lender.sql",
    find: "if found and public.is_lived_on(p_holder_id => v_lender_id) then",
    replace: "if found then",
    tests: ["tests/sql/concurrency/lent_refresh_test.ts"],
  },
  {
    defence: "a refresh token that another login lives on is not given back",
    file: "supabase/schemas/functions/revoke_token.sql",
    find: "    and not public.is_lived_on(p_holder_id => v_holder.id);",
    replace: "    ;",
    tests: ["tests/sql/lent_refresh"],
  },
  {
    defence: "two logins that are revoked at once give their refresh token back",
    file: "supabase/schemas/functions/lock_refresh_holder.sql",
    find: "\n  for update;",
    replace: ";",
    tests: ["tests/sql/concurrency/lent_refresh_test.ts"],
  },
  {
    defence: "clean-up leaves the refresh token that a login lives on",
    file: "supabase/schemas/functions/purge_expired.sql",
    find: "      and not public.is_lived_on(p_holder_id => own.id)\n",
    replace: "",
    tests: ["tests/sql/lent_refresh"],
  },
  {
    defence: "a deleted server leaves the refresh token that a login elsewhere lives on",
    file: "supabase/schemas/functions/delete_vault_entries.sql",
    find: "    and not public.is_lived_on(p_holder_id => upstream.id, p_but_for => upstream.id);",
    replace: "    ;",
    tests: ["tests/sql/lent_refresh"],
  },
  {
    defence: "a client's refusal is told once",
    file: "supabase/schemas/functions/report_client_refusal.sql",
    find: "    and config.client_refused_reason is distinct from p_reason\n",
    replace: "",
    tests: ["tests/sql/report_client_refusal"],
  },
  {
    defence: "trouble of the moment ends no login, whatever it says",
    file: "functions/_shared/upstream/refresh_failure.ts",
    find: "if (isMomentary(status)) {",
    replace: "if (false) {",
    tests: ["tests/unit/refresh_failure_test.ts"],
  },
  {
    defence: "a firewall's page ends no login",
    file: "functions/_shared/upstream/refresh_failure.ts",
    find: 'return isPage ? "passing" : "counted";',
    replace: 'return "counted";',
    tests: ["tests/unit/refresh_failure_test.ts"],
  },
  {
    defence: "only an answer to the refresh says what becomes of the login",
    file: "functions/_shared/upstream/refresh_failure.ts",
    find: 'if (detail?.["step"] !== "refresh") {',
    replace: "if (false) {",
    tests: ["tests/unit/refresh_failure_test.ts"],
  },
  {
    defence: "a refused client is the owner's trouble and ends no login",
    file: "functions/_shared/upstream/refresh_failure.ts",
    find: 'return status === 403 ? "ended" : "owner";',
    replace: 'return "ended";',
    tests: ["tests/unit/refresh_failure_test.ts"],
  },
  {
    defence: "a token whose key is gone ends its login",
    file: "functions/mcp/vault/entry.ts",
    find: "if (!(thrown instanceof UnreadableSecret)) {",
    replace: "if (true) {",
    tests: ["tests/gateway/gone_keys_test.ts"],
  },
  {
    defence: "the same client secret saved again changes nothing",
    file: "functions/oauth-configs/client_secret.ts",
    find: "if (known !== null && (await holdsSecret(known))) {",
    replace: "if (false) {",
    tests: ["tests/endpoints/oauth_configs_test.ts"],
  },
  ...BOUND_MUTANTS,
  ...DATABASE_MUTANTS,
  ...GATEWAY_MUTANTS,
  ...DOCTOR_MUTANTS,
  ...CLIENT_MUTANTS,
  ...CONSOLE_MUTANTS,
  ...LOCK_MUTANTS,
  ...MEMORY_MUTANTS,
  ...SECRET_MUTANTS,
  ...UPSTREAM_MUTANTS,
  ...TELEMETRY_MUTANTS,
  ...TENANT_MUTANTS,
  ...OWNER_MUTANTS,
  ...RECORDS_MUTANTS,
  ...PEOPLE_MUTANTS,
  ...USAGE_MUTANTS,
];
