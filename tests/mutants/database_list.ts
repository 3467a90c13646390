/**
 * The defences of the way to PostgreSQL without the REST layer.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const DOOR = "functions/_shared/database/direct_database.ts";
const CONFIG = "functions/_shared/config.ts";
const ANSWERS = "tests/sql/direct_door/answers_as_the_rest_layer_test.ts";
const LOGIN = "tests/sql/functions_login/executes_and_does_nothing_else_test.ts";
const PLATFORM = "supabase/schemas/platform.sql";

/** One defence each, of that way. */
export const DATABASE_MUTANTS: Mutant[] = [
  {
    defence: "a request's headers end with its statement",
    file: DOOR,
    find: "set_config('request.headers', $1, true)",
    replace: "set_config('request.headers', $1, false)",
    tests: [ANSWERS],
  },
  {
    defence: "a connection that did not answer is not used again",
    file: DOOR,
    find: "client.release(!isAnswer);",
    replace: "client.release(false);",
    tests: [ANSWERS],
  },
  {
    defence: "a call does not wait for ever",
    file: DOOR,
    find: "query_timeout: Math.max(deadline - performance.now(), 1),",
    replace: "query_timeout: 60_000,",
    tests: [ANSWERS],
  },
  {
    defence: "statements of different arguments have different names",
    file: DOOR,
    find: "`gatepost_${names.size}`",
    replace: '"gatepost"',
    tests: [ANSWERS],
  },
  {
    defence: "the functions log in as their own role only",
    file: CONFIG,
    find: 'if (user.split(".")[0] !== DIRECT_ROLE) {',
    replace: "if (false) {",
    tests: ["tests/unit/config_test.ts"],
  },
  {
    defence: "a connection beyond the machine is encrypted",
    file: CONFIG,
    find: 'isLoopbackHost(url.hostname) ? "disable" : ""',
    replace: '"disable"',
    tests: ["tests/unit/config_test.ts"],
  },
  {
    defence: "the functions' login has a time limit",
    file: PLATFORM,
    find: "    alter role gatepost_functions set statement_timeout = '8s';\n",
    replace: "",
    tests: [LOGIN],
  },
  {
    defence: "a password goes to a public host encrypted only",
    file: "functions/_shared/config.ts",
    find: "if (!tls && !isPrivateHost(host)) {",
    replace: "if (false) {",
    tests: ["tests/unit/config_test.ts"],
  },
  {
    defence: "nobody logs in as the functions until somebody lets them",
    file: "supabase/schemas/platform.sql",
    find: "create role gatepost_functions nologin noinherit;",
    replace: "create role gatepost_functions login noinherit;",
    tests: ["tests/sql/functions_login/is_closed_until_opened_test.ts"],
  },
];
