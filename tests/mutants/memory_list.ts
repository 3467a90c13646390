/**
 * The defences against hostile sizes, texts and names, and those whose removal no test used to notice.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const STORE = "functions/_shared/bounded_store.ts";
const STORE_TEST = "tests/unit/bounded_store_test.ts";
const CACHE_TEST = "tests/unit/expiring_cache_test.ts";
const UPSTREAM = "functions/_shared/upstream";
const REMOVALS = "tests/attacks/A41_unnoticed_removals_test.ts";

/** The mutants of these defences. */
export const MEMORY_MUTANTS: readonly Mutant[] = [
  {
    defence: "a store is bounded in bytes",
    file: STORE,
    find: "|| total > maxBytes",
    replace: "",
    tests: [STORE_TEST],
  },
  {
    defence: "a worker's memory is bounded whatever a provider answers",
    file: "functions/mcp/calls.ts",
    find: "maxBytes: 8_000_000",
    replace: "maxBytes: Infinity",
    tests: ["tests/attacks/A29_hostile_provider_test.ts"],
  },
  {
    defence: "a store is bounded in number",
    file: STORE,
    find: "entries.size > maxEntries || ",
    replace: "",
    tests: [STORE_TEST],
  },
  {
    defence: "who fills a store pushes out its own entries",
    file: STORE,
    find: "largest === undefined || share.bytes > largest.bytes ? share : largest",
    replace: "largest === undefined ? share : largest",
    tests: [STORE_TEST],
  },
  {
    defence: "expired entries leave when the next one comes",
    file: STORE,
    find: "      drop(key);\n      dropExpired();\n",
    replace: "      drop(key);\n",
    tests: [STORE_TEST],
  },
  {
    defence: "expired entries leave by themselves",
    file: STORE,
    find: "  sweeps.add(new WeakRef(dropExpired));\n",
    replace: "",
    tests: [STORE_TEST],
  },
  {
    defence: "an entry that grows is counted anew",
    file: STORE,
    find: "        entry.bytes = size;\n        dropBeyondLimits();\n",
    replace: "        entry.bytes = size;\n",
    tests: [CACHE_TEST],
  },
  {
    defence: "what was deleted while it was looked up is not kept",
    file: "functions/_shared/expiring_cache.ts",
    find: "      flights.delete(key);\n      kept.delete(key);\n",
    replace: "      kept.delete(key);\n",
    tests: [CACHE_TEST],
  },
  {
    defence: "a refreshed token is counted with its size",
    file: "functions/mcp/calls.ts",
    find: "      cache.measure(key);\n",
    replace: "",
    tests: ["tests/unit/prepared_call_test.ts"],
  },
  {
    defence: "a metadata member has a bound",
    file: `${UPSTREAM}/discovery.ts`,
    find: "if (sizeOfJson(value) > MAX_MEMBER_CHARACTERS) {",
    replace: "if (false) {",
    tests: ["tests/endpoints/oauth_callback_failures_test.ts"],
  },
  {
    defence: "a scope has no inherited meaning",
    file: "functions/_shared/http/scope_meanings.ts",
    find: "meanings.get(scope) ?? scope",
    replace: "(({}) as Record<string, string>)[scope] ?? meanings.get(scope) ?? scope",
    tests: ["tests/attacks/A36_inherited_names_test.ts"],
  },
  {
    defence: "an algorithm is one that is listed",
    file: `${UPSTREAM}/keys.ts`,
    find: "!ALGORITHMS.has(alg)",
    replace: "!(alg in Object.fromEntries(ALGORITHMS))",
    tests: ["tests/attacks/A36_inherited_names_test.ts"],
  },
  {
    defence: "a subject that cannot be stored is refused and not cleaned",
    file: `${UPSTREAM}/read_identity.ts`,
    find: "if (!isStorable(subject)) {",
    replace: "if (false) {",
    tests: ["tests/attacks/A35_unstorable_texts_test.ts"],
  },
  {
    defence: "a subject that is too long is refused with a reason of its own",
    file: `${UPSTREAM}/read_identity.ts`,
    find: "if ([...subject].length > MAX_SUBJECT_CHARACTERS) {",
    replace: "if (false) {",
    tests: ["tests/attacks/A35_unstorable_texts_test.ts"],
  },
  {
    defence: "a bug while a failure is recorded is logged",
    file: "functions/oauth-callback/handler.ts",
    find: 'recording?.code === "server_error" ? recording : error',
    replace: "error",
    tests: ["tests/endpoints/oauth_callback_failures_test.ts"],
  },
  {
    defence: "an address that cannot be stored is none",
    file: `${UPSTREAM}/identity.ts`,
    find: "isStorable(value) &&",
    replace: "",
    tests: ["tests/attacks/A35_unstorable_texts_test.ts"],
  },
  {
    defence: "a GET approves nothing",
    file: "functions/oauth-authorize/handler.ts",
    find: 'if (isPosted && form.parameters.has("form")) {',
    replace: 'if (form.parameters.has("form")) {',
    tests: [REMOVALS],
  },
  {
    defence: "a verified token is kept for its server",
    file: "functions/mcp/access.ts",
    find: "const key = `${server.slug} ${header}`;",
    replace: "const key = header;",
    tests: [REMOVALS],
  },
  {
    defence: "a config of the platform never links by address",
    file: "supabase/schemas/tables/custom_oauth_configs.sql",
    find: "check (organization_id is not null or not link_verified_email)",
    replace: "check (true)",
    tests: [REMOVALS],
  },
  {
    defence: "a profile refresh keeps to its own subject",
    file: "supabase/schemas/functions/refresh_user_profile.sql",
    find: "      and identity.mcp_server_user_id = v_upstream.mcp_server_user_id\n",
    replace: "",
    tests: ["tests/sql/refresh_user_profile"],
  },
  {
    defence: "an MCP server has a time limit",
    file: "functions/mcp/forward/forward.ts",
    find: "  limits.begin(giveUp);\n",
    replace: "",
    tests: [REMOVALS],
  },
  {
    defence: "an MCP server's time limit is below the platform's",
    file: "functions/mcp/forward/forward.ts",
    find: "const ANSWER_MILLISECONDS = 140_000;",
    replace: "const ANSWER_MILLISECONDS = 1_400_000;",
    tests: [REMOVALS],
  },
  {
    defence: "a provider has a time limit",
    file: "functions/_shared/http/safe_fetch.ts",
    find: "AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MILLISECONDS)])",
    replace: "AbortSignal.any([request.signal, AbortSignal.timeout(10 * TIMEOUT_MILLISECONDS)])",
    tests: [REMOVALS],
  },
  {
    defence: "an invitation is shown to whom it is for",
    file: "supabase/schemas/functions/list_own_invitations.sql",
    find: "from public.find_open_invitations() as invitation",
    replace: "from public.organization_invitations as invitation",
    tests: ["tests/attacks/A15_other_organization_test.ts"],
  },
  {
    defence: "a config is shown to its organization",
    file: "supabase/schemas/tables/custom_oauth_configs.sql",
    find: "using (organization_id in (select public.organizations_of_platform_user()));",
    replace: "using (true);",
    tests: ["tests/attacks/A15_other_organization_test.ts"],
  },
  {
    defence: "deep JSON is refused for its depth",
    file: "functions/_shared/http/body.ts",
    find: "  checkDepth(value, MAX_JSON_DEPTH);\n",
    replace: "",
    tests: ["tests/attacks/A23_malformed_request_test.ts"],
  },
  {
    defence: "nothing is fetched or called over plain http",
    file: "functions/_shared/http/safe_fetch.ts",
    find: 'if (url.protocol !== "https:") {',
    replace: "if (false) {",
    tests: ["tests/attacks/A10_private_address_test.ts"],
  },
  {
    defence: "a redirect URI holds no character of a shell",
    file: "functions/_shared/client/redirect_uri.ts",
    find: "`{}|^;$]/.test(uri)",
    replace: "`{}|^]/.test(uri)",
    tests: ["tests/attacks/A11_hostile_url_test.ts"],
  },
  {
    defence: "a dump's hash of an initial access token registers nobody",
    file: "functions/oauth-register/handler.ts",
    find: "initialAccessToken ? hashSecret(initialAccessToken) : null,",
    replace: "initialAccessToken ?? null,",
    tests: ["tests/attacks/A17_database_dump_test.ts"],
  },
];
