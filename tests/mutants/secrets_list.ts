/**
 * The defences of what is sealed and hashed: where a ciphertext opens, and what other services may hand over.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const ENCRYPTION = "functions/_shared/secrets/encryption.ts";
const FUNCTIONS = "supabase/schemas/functions";
const A31 = "tests/attacks/A31_moved_ciphertext_test.ts";
const A34 = "tests/attacks/A34_tracking_id_test.ts";
const A40 = "tests/attacks/A40_unsealed_token_test.ts";

export const SECRET_MUTANTS: readonly Mutant[] = [
  {
    defence: "what another project signed is not accepted here",
    file: "functions/_shared/tokens/signing_keys.ts",
    find: "createLocalJWKSet(toPublicKeys(keys.filter(isPrivate)))",
    replace: "createLocalJWKSet(toPublicKeys(keys))",
    tests: ["tests/unit/signing_test.ts"],
  },
  {
    defence: "the first signing key is private",
    file: "functions/_shared/tokens/signing_keys.ts",
    find: "|| !isPrivate(keys[0])",
    replace: "",
    tests: ["tests/unit/signing_test.ts"],
  },
  {
    defence: "a ciphertext opens for its own organization only",
    file: ENCRYPTION,
    find: '|| header["org"] !== org ',
    replace: "",
    tests: ["tests/unit/encryption_test.ts"],
  },
  {
    defence: "a ciphertext opens in its own row only",
    file: ENCRYPTION,
    find: '|| header["row"] !== row',
    replace: "",
    tests: ["tests/unit/encryption_test.ts", A31],
  },
  {
    defence: "a provisioned token was sealed for the organization of the login",
    file: `${FUNCTIONS}/check_sealed_token.sql`,
    find: "'org', p_organization_id",
    replace: "'org', v_header -> 'org'",
    tests: [A40],
  },
  {
    defence: "a provisioned token has the shape of a sealed one",
    file: `${FUNCTIONS}/check_sealed_token.sql`,
    find: "if p_token !~ ",
    replace: "if false and p_token !~ ",
    tests: [A40],
  },
  {
    defence: "a provisioned issuer is the config's",
    file: `${FUNCTIONS}/provision_mcp_server_user.sql`,
    find: "when nullif(p_upstream_issuer, '') is not null and not public.is_issuer_of_config(",
    replace: "when false and not public.is_issuer_of_config(",
    tests: [A40],
  },
  {
    defence: "a tenant's issuer is of an allowed tenant",
    file: `${FUNCTIONS}/is_issuer_of_config.sql`,
    find: "return cardinality(p_allowed_tenants) = 0 or exists (",
    replace: "return true or exists (",
    tests: [A40],
  },
  {
    defence: "a tracking id is stored hashed",
    file: `${FUNCTIONS}/track_mcp_server_user.sql`,
    find: "public.tracking_hash(p_organization_id => p_organization_id, p_tracking_id => p_tracking_id),",
    replace: "rpad(p_tracking_id, 43, '-'),",
    tests: [A34],
  },
  {
    defence: "no platform user reads a hashed tracking id",
    file: "supabase/schemas/tables/mcp_server_user.sql",
    find: "email_verified, upstream_sub, profile_data, first_seen_at,",
    replace: "email_verified, upstream_sub, profile_data, tracking_hash, first_seen_at,",
    tests: [A34],
  },
  {
    defence: "a client secret was sealed for the config that it is saved in",
    file: `${FUNCTIONS}/save_oauth_config.sql`,
    find: "or coalesce(p_id, v_secret_header ->> 'row') <> v_secret_header ->> 'row'",
    replace: "",
    tests: ["tests/sql/save_oauth_config"],
  },
];
