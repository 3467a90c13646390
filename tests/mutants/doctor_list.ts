/**
 * The defences of the doctor and the presets: where a secret may go, how much is asked, and what is saved.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const CHECK = "tests/endpoints/oauth_configs_check_test.ts";

/** Every mutant of the doctor and the presets. */
export const DOCTOR_MUTANTS: readonly Mutant[] = [
  {
    defence: "the stored secret is tried with the config as it is stored, and not with a draft of it",
    file: "functions/oauth-configs/check.ts",
    find: 'Object.keys(body).every((member) => member === "id")',
    replace: "change.p_id !== undefined",
    tests: [CHECK],
  },
  {
    defence: "a secret that was moved while a check looked is not sent",
    file: "functions/oauth-configs/check.ts",
    find: "!== JSON.stringify(stored)",
    replace: "=== undefined",
    tests: [CHECK],
  },
  {
    defence: "a value of a preset leads to no other host or path",
    file: "functions/_shared/upstream/presets/apply_preset.ts",
    find: "&& DOTS.test(value)",
    replace: "&& false",
    tests: ["tests/unit/presets_test.ts"],
  },
  {
    defence: "an examination makes a bounded number of requests",
    file: "functions/_shared/upstream/doctor/examination.ts",
    find: "left-- <= 0 || ",
    replace: "",
    tests: ["tests/unit/doctor_test.ts"],
  },
  {
    defence: "a search asks in a bounded number of folders",
    file: "functions/_shared/upstream/doctor/search_provider.ts",
    find: ".slice(0, MAX_FOLDERS)",
    replace: "",
    tests: ["tests/unit/search_provider_test.ts"],
  },
  {
    defence: "a search shows no issuer that is not an ordinary URL",
    file: "functions/_shared/upstream/doctor/search_provider.ts",
    find: "toPublicIssuer(answer.published)",
    replace: "answer.published",
    tests: ["tests/unit/search_provider_test.ts"],
  },
  {
    defence: "a provider that fails is not searched for",
    file: "functions/_shared/upstream/doctor/examine.ts",
    find: "!checks.every(({ finding }) => WITHOUT_DOCUMENT.has(finding))",
    replace: "false",
    tests: ["tests/unit/search_provider_test.ts"],
  },
  {
    defence: "a login whose provider is not found has failed for its owner",
    file: "functions/oauth-authorize/approval.ts",
    find: "    await endLogin(stateHash, browserSecret, error, dependencies);\n",
    replace: "",
    tests: ["tests/endpoints/oauth_authorize_approval_test.ts"],
  },
  {
    defence: "why no answer came is not read from the URL",
    file: "functions/_shared/http/safe_fetch.ts",
    find: '.replace(/\\(https?:[^)]*\\)/g, "")',
    replace: "",
    tests: ["tests/unit/safe_fetch_test.ts"],
  },
  {
    defence: "the doctor sends the real secret with the client that it belongs to alone",
    file: "functions/_shared/upstream/doctor/try_client.ts",
    find: "clientSecret: INVENTED_SECRET",
    replace: "clientSecret: examination.clientSecret",
    tests: ["tests/gateway/doctor_better_auth_test.ts"],
  },
  {
    defence: "what cannot work is not saved",
    file: "functions/oauth-configs/check_settings.ts",
    find: 'state === "failed" && fatal',
    replace: "false && fatal",
    tests: ["tests/endpoints/oauth_configs_test.ts"],
  },
  {
    defence: "members have no provider examined",
    file: "supabase/schemas/functions/begin_config_check.sql",
    find: "if v_role = 'member' then",
    replace: "if false then",
    tests: ["tests/sql/begin_config_check"],
  },
  {
    defence: "a burst of checks is refused",
    file: "supabase/schemas/functions/begin_config_check.sql",
    find: "if v_bound.of_source <= (",
    replace: "if 1000 <= (",
    tests: ["tests/sql/begin_config_check"],
  },
];
