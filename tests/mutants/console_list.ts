/**
 * The defences of the console.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const BUILD = "supabase/local/console/build_console.ts";
const SMOKE = ["tests/flow/console_test.ts"];
const SIGN_IN = ["tests/console/sign_in_test.ts"];
const PROVIDERS = ["tests/console/providers_test.ts"];
const FORMS = ["tests/unit/console_settings_test.ts"];
const ORGANIZATIONS = ["tests/console/organizations_test.ts"];
const PEOPLE = ["tests/console/people_test.ts"];

/** The mutants of these defences. */
export const CONSOLE_MUTANTS: readonly Mutant[] = [
  {
    defence: "the console's page admits its own scripts only",
    file: BUILD,
    find: "\"script-src 'self'\"",
    replace: "\"script-src 'self' 'unsafe-inline'\"",
    tests: SMOKE,
  },
  {
    defence: "the console is in nobody's frame",
    file: BUILD,
    find: "\"frame-ancestors 'none'\",",
    replace: "",
    tests: SMOKE,
  },
  {
    defence: "a project's settings cannot leave their attribute in the console's page",
    file: BUILD,
    find: '.replaceAll(\'"\', "&quot;")',
    replace: "",
    tests: SMOKE,
  },
  {
    defence: "whoever signs out of the console leaves no session in the browser",
    file: "supabase/console/session.ts",
    find: `  isLeaving = true;
  await auth.signOut({ scope: "local" }).catch(() => undefined);`,
    replace: "  isLeaving = true;",
    tests: SMOKE,
  },
  {
    defence: "a token that the project refuses ends the console's session",
    file: "supabase/console/data/client.ts",
    find: "if (status === 401 || REFUSED_TOKENS.includes(code)) {",
    replace: "if (false) {",
    tests: SIGN_IN,
  },
  {
    defence: "the console says the same of an address that nobody has",
    file: "supabase/console/session.ts",
    find: 'answer.error?.code === "otp_disabled"',
    replace: "false",
    tests: SIGN_IN,
  },
  {
    defence: "the console's pages are for members of the organization that the URL names",
    file: "supabase/console/parts/app.tsx",
    find: "|| isForeign",
    replace: "",
    tests: ORGANIZATIONS,
  },
  {
    defence: "an admin of the console is offered nothing that owners alone may do",
    file: "supabase/console/pages/members.tsx",
    find: 'return mayManage.value && (isOwner.value || member.role !== "owner");',
    replace: "return mayManage.value;",
    tests: ORGANIZATIONS,
  },
  {
    defence: "the console deletes an organization only for whoever types its name",
    file: "supabase/console/parts/dialog.tsx",
    find: "if (asked.typed !== undefined && typed !== asked.typed) {",
    replace: "if (false) {",
    tests: ORGANIZATIONS,
  },
  {
    defence: "the console sends nobody's half-typed secret to a provider",
    file: "supabase/console/parts/provider/fields.tsx",
    find: "onInput={({ currentTarget }) => setTyped(currentTarget.value)}",
    replace: `onInput={({ currentTarget }) => {
            setTyped(currentTarget.value);
            change({ client_secret: currentTarget.value });
          }}`,
    tests: PROVIDERS,
  },
  {
    defence: "the console saves no secret that the provider has not accepted, unless it is told to",
    file: "supabase/console/parts/provider/rotate_secret.tsx",
    find: 'if (client?.state !== "ok" && client?.state !== "warning") {',
    replace: "if (false) {",
    tests: PROVIDERS,
  },
  {
    defence: "the console asks no provider again after Gatepost has refused to",
    file: "supabase/console/data/provider_check.ts",
    find: "isRefused.current = true;",
    replace: "",
    tests: PROVIDERS,
  },
  {
    defence: "the console offers a member no check of a provider",
    file: "supabase/console/pages/provider.tsx",
    find: "{mayManage.value && <StoredCheck provider={provider} />}",
    replace: "<StoredCheck provider={provider} />",
    tests: PROVIDERS,
  },
  {
    defence: "the console sends of a provider only what was changed",
    file: "supabase/console/data/provider_draft.ts",
    find: "JSON.stringify(value) !== JSON.stringify(before[name])",
    replace: "value !== undefined",
    tests: FORMS,
  },
  {
    defence: "the console stores of an initial access token its hash",
    file: "supabase/console/data/server_settings.ts",
    find: "hash: toBase64Url(new Uint8Array(digest))",
    replace: "hash: token",
    tests: FORMS,
  },
  {
    defence: "no cell of the console's files is a formula",
    file: "supabase/console/data/csv.ts",
    find: "FORMULA.test(text)",
    replace: "false",
    tests: ["tests/unit/console_data_test.ts"],
  },
  {
    defence: "the console sends no form before its fields are there",
    file: "supabase/console/parts/form.tsx",
    find: "      await waitForFields(form.current);\n",
    replace: "",
    tests: ["tests/console/servers_test.ts"],
  },
  {
    defence: "the console tries again where something before the project has answered",
    file: "supabase/console/data/client.ts",
    find: " || status >= 500 && !code",
    replace: "",
    tests: ["tests/console/frame_test.ts"],
  },
  {
    defence: "the console's home names no login that failed on the person's side",
    file: "supabase/console/data/failing_logins.ts",
    find: ' && OWNERS.test(reason ?? "")',
    replace: "",
    tests: ["tests/unit/console_data_test.ts"],
  },
  {
    defence: "the console marks characters that nobody sees in what others wrote",
    file: "supabase/console/parts/foreign.tsx",
    find: "const line = text.replaceAll(UNSEEN, MARK)",
    replace: "const line = text",
    tests: PEOPLE,
  },
  {
    defence: "a member of the console is offered nothing about a person that would be refused",
    file: "supabase/console/parts/person/actions.tsx",
    find: "if (!mayManage.value) {",
    replace: "if (false) {",
    tests: PEOPLE,
  },
  {
    defence: "a search in the console is no filter of its own",
    file: "supabase/console/parts/filters.tsx",
    find: '.replaceAll(/[\\\\%*,()"]/g, "_")',
    replace: "",
    tests: PEOPLE,
  },
  {
    defence: "a page of a search in the console keeps to the search",
    file: "supabase/console/data/client.ts",
    find: "if (alternatives.length < 2) {",
    replace: "if (true) {",
    tests: PEOPLE,
  },
];
