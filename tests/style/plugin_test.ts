import { assertEquals } from "@std/assert";
import plugin from "./plugin.ts";

/** The rules that fire on a source, as if it stood at this path. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source).map(({ id }) => id.replace("gatepost/", ""));
}

const HANDLER = "functions/oauth-token/handler.ts";
const TASK = "supabase/commands/keys.ts";
const TEST = "tests/unit/scope_test.ts";

const FIRES: [rule: string, path: string, source: string][] = [
  ["database-door", HANDLER, `await client.rpc("find_mcp_server", { p_slug: "demo" });`],
  ["database-door", "functions/_shared/upstream/login.ts", `client.rpc("x").single();`],
  ["environment", HANDLER, `const url = Deno.env.get("GATEPOST_PUBLIC_URL");`],
  ["environment", "functions/_shared/log.ts", `const { env } = Deno, all = Deno.env.toObject();`],
  ["builder-names", HANDLER, `export function tokenEndpoint() { return () => new Response(); }`],
  ["builder-names", HANDLER, `function cacheServers() { const cache = 1; return async (slug) => slug; }`],
  ["blocks", HANDLER, `if (done) throw problem;`],
  ["blocks", TASK, `if (done) { stop(); } else start();`],
  ["blocks", TEST, `for (const item of list) use(item);`],
  ["blocks", TASK, `while (busy) wait();`],
  ["idle-spreads", TASK, `run([...["--quiet", "--no-prompt"], path]);`],
  ["idle-spreads", TASK, `run({ ...{ output }, path });`],
  ["idle-spreads", TASK, `run(...([url, path] as const));`],
  ["constants", TASK, `const mostSteps = 30;`],
  ["constants", TASK, `export const statusFile = "status.json";`],
  ["constants", HANDLER, `const hosts = new Set(["localhost"]);`],
  ["constants", HANDLER, `const pattern = /^gpr_/;`],
  ["constants", HANDLER, `const day = 24 * 60 * 60;`],
  ["constants", HANDLER, `const states = { expired: "is too old" } as const;`],
  ["own-members", HANDLER, `const MEANINGS: Record<string, string> = { a: load() };`],
  ["own-members", HANDLER, `const has = NAMES.some((name) => name in body);`],
  ["error-sentences", HANDLER, `throw new OAuthError("invalid_grant", "Cannot redeem code");`],
  ["error-sentences", HANDLER, `throw new OAuthError("invalid_grant", "The code is expired");`],
  [
    "error-sentences",
    HANDLER,
    `throw new OAuthError("invalid_grant", "Cannot redeem code: it is expired.");`,
  ],
  ["error-sentences", HANDLER, `throw new OAuthError("invalid_grant", "Cannot redeem code: it isn't ours");`],
  ["error-sentences", HANDLER, "throw new OAuthError('not_found', `No ${name}: it is gone`);"],
  ["error-sentences", HANDLER, `throw unavailable("The provider does not answer", "upstream_unavailable");`],
  ["error-sentences", TASK, `throw new Problem("a callback came that belongs to another login");`],
  ["error-sentences", TASK, "throw new Problem(`Cannot read ${path}.`);"],
];
for (const [rule, path, source] of FIRES) {
  Deno.test(`the rule ${rule} fires in ${path} on ${source}`, () => {
    assertEquals(lint(path, source), [rule]);
  });
}

const SILENT: [what: string, path: string, source: string][] = [
  ["the door calls SQL", "functions/_shared/database/database.ts", `client.rpc("find_mcp_server");`],
  ["a test calls SQL as its client does", TEST, `client.rpc("find_mcp_server");`],
  ["the configuration reads the environment", "functions/_shared/config.ts", `Deno.env.get("SUPABASE_URL");`],
  ["a task reads the environment", TASK, `Deno.env.get("GATEPOST_ENCRYPTION_KEYS");`],
  ["a factory says so", HANDLER, `export function buildTokenEndpoint() { return () => new Response(); }`],
  [
    "a call is defined",
    HANDLER,
    `export function defineCall(name) { return (database) => database.call(name); }`,
  ],
  ["a listener returns how to stop", HANDLER, `function onAbort(signal) { return () => signal.remove(); }`],
  ["a function returns an object", HANDLER, `function toAnswer() { return { status: 200 }; }`],
  ["conditions follow one another", TASK, `if (a) { stop(); } else if (b) { start(); }`],
  ["a known list is spread", TASK, `run([...FLAGS, path]);`],
  ["a value is computed", TASK, `const folder = new URL("..", import.meta.url);`],
  ["state is kept", HANDLER, `const ended = new Set(); let turn = 0;`],
  ["a constant stands in a function", HANDLER, `function run() { const attempts = 5; return attempts; }`],
  [
    "the generated types are as they are",
    "functions/_shared/database/types.ts",
    `const constants = { a: 1 };`,
  ],
  [
    "a sentence is plain",
    HANDLER,
    `throw new OAuthError("invalid_grant", "Cannot redeem code: it is expired");`,
  ],
  ["a sentence holds a value", HANDLER, "throw new OAuthError('invalid_request', `Cannot save: ${state}`);"],
  ["a possessive is no contraction", TASK, `throw new Problem("The provider's answer is no JSON");`],
  ["a sentence says what is wrong inside", HANDLER, `throw new Error("The database refused a call");`],
];
for (const [what, path, source] of SILENT) {
  Deno.test(`no rule fires where ${what}`, () => {
    assertEquals(lint(path, source), []);
  });
}
