import { assertEquals } from "@std/assert";
import type { RpcMessage } from "../../functions/mcp/scopes/rpc_message.ts";
import { decideScopes, includeScopes, type ScopePolicy } from "../../functions/mcp/scopes/rules.ts";

/** A policy that asks for nothing, changed. */
function buildPolicy(changes: Partial<ScopePolicy> = {}): ScopePolicy {
  return { required_scopes: [], scope_rules: [], scope_hierarchy: {}, ...changes };
}

/** A call of a tool, changed. */
function buildCall(...names: unknown[]): RpcMessage {
  return { method: "tools/call", names };
}

/** Whether a rule with this pattern is held against what a call of a tool names. */
function applies(name: string, ...names: unknown[]): boolean {
  const policy = buildPolicy({ scope_rules: [{ method: "tools/call", name, scopes: ["write"] }] });
  return decideScopes([], [buildCall(...names)], policy).missing.length > 0;
}

const PATTERNS: [pattern: string, name: string, fits: boolean][] = [
  ["delete", "delete", true],
  ["delete", "Delete", false],
  ["delete", "delete_all", false],
  ["delete", "undelete", false],
  ["delete_*", "delete_all", true],
  ["delete_*", "delete_", true],
  ["delete_*", "delete", false],
  ["*_all", "delete_all", true],
  ["*_all", "all", false],
  ["*", "", true],
  ["*", "anything at all", true],
  ["**", "anything", true],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["a*b*c", "abc", true],
  ["a*b*c", "a-b-c", true],
  ["a*b*c", "acb", false],
  ["a*b*c", "abxc", true],
  ["*ab*ab*", "ab", false],
  ["*ab*ab*", "abab", true],
  ["*ab*bc", "abc", false],
  ["a*bc*c", "abc", false],
  ["*.*", "a.b", true],
  ["a.b", "axb", false],
  ["[ab]", "a", false],
  ["(.+)+$", "aaaa", false],
  ["", "x", false],
];
for (const [pattern, name, fits] of PATTERNS) {
  Deno.test(`the pattern ${JSON.stringify(pattern)} ${fits ? "fits" : "does not fit"} ${JSON.stringify(name)}`, () => {
    assertEquals(applies(pattern, name), fits);
  });
}

const NOT_READ_AS_ONE: [what: string, name: unknown][] = [
  ["a number", 1],
  ["null", null],
  ["a list", ["echo"]],
  ["an object", { toString: "echo" }],
  ["a text with a NUL", "echo\0"],
  ["a text with a line break", "echo\n"],
  ["half of a surrogate pair", "echo\ud800"],
  ["a text longer than any name", "e".repeat(4097)],
];
for (const [what, name] of NOT_READ_AS_ONE) {
  Deno.test(`a name that is ${what} counts as every name`, () => {
    assertEquals([applies("delete", name), applies("delete", "echo")], [true, false]);
  });
}

Deno.test("a method that is a text of which readers make different things counts as every method", () => {
  const policy = buildPolicy({ scope_rules: [{ method: "tools/call", scopes: ["write"] }] });

  assertEquals(
    ["tools/call", "tools/list", "tools/call\0", "tools/call\ud800"].map((method) =>
      decideScopes([], [{ method, names: [] }], policy).missing
    ),
    [["write"], [], ["write"], ["write"]],
  );
});

const SPELLINGS = [
  "file:///secret/a",
  "FILE:///secret/a",
  "file:///public/../secret/a",
  "file:///public/%2e%2e/secret/a",
  "file:///public/..%2fsecret/a",
  "file:///%73ecret/a",
  "file:///%2573ecret/a",
  "file:\\\\\\secret\\a",
  "file://localhost/secret/a",
  " file:///secret/a",
];
for (const uri of SPELLINGS) {
  Deno.test(`the resource ${uri} is held against the rule for what it leads to`, () => {
    assertEquals([applies("file:///secret/*", uri), applies("file:///other/*", uri)], [true, false]);
  });
}

Deno.test("a URI is held against the rules as it is written, too", () => {
  assertEquals(applies("file:///public/%2e%2e/*", "file:///public/%2e%2e/a"), true);
  assertEquals(applies("file:///100%", "file:///100%"), true);
});

Deno.test("where a message names several things, a rule for any of them counts", () => {
  assertEquals(applies("delete", "echo", "delete"), true);
  assertEquals(applies("delete", "echo", "list"), false);
});

Deno.test("a rule with a name is not for messages that name nothing, a rule without is for all", () => {
  const policy = buildPolicy({
    scope_rules: [
      { method: "tools/call", name: "*", scopes: ["named"] },
      { method: "tools/call", scopes: ["any"] },
    ],
  });

  assertEquals(decideScopes([], [buildCall()], policy).missing, ["any"]);
  assertEquals(decideScopes([], [buildCall("echo")], policy).missing, ["named", "any"]);
});

Deno.test("a rule of one method is not for another, and the answer to a server's request needs no rule's scope", () => {
  const policy = buildPolicy({
    scope_rules: [{ method: "*", scopes: ["any"] }, { method: "tools/*", scopes: ["tools"] }],
  });
  const missing = (method: string | undefined): string[] =>
    decideScopes([], [{ method, names: ["echo"] }], policy).missing;

  assertEquals([missing("tools/list"), missing("resources/list"), missing(undefined)], [["any", "tools"], [
    "any",
  ], []]);
});

Deno.test("required scopes are needed by every request, with messages or without", () => {
  const policy = buildPolicy({ required_scopes: ["read"] });

  for (const messages of [[], [buildCall("echo")], [{ method: undefined, names: [] }]]) {
    assertEquals(decideScopes(["openid"], messages, policy).missing, ["read"]);
    assertEquals(decideScopes(["read"], messages, policy).missing, []);
  }
});

Deno.test("everything that a batch lacks is asked for at once, each scope once, with what was granted", () => {
  const policy = buildPolicy({
    required_scopes: ["read"],
    scope_rules: [
      { method: "tools/call", name: "delete_*", scopes: ["write", "audit"] },
      { method: "tools/call", name: "*_all", scopes: ["bulk", "write"] },
      { method: "resources/*", scopes: ["files"] },
    ],
  });
  const messages = [buildCall("delete_all"), buildCall("echo"), { method: "resources/list", names: [] }];

  assertEquals(decideScopes(["openid", "email"], messages, policy), {
    missing: ["read", "write", "audit", "bulk", "files"],
    wanted: ["openid", "email", "read", "write", "audit", "bulk", "files"],
  });
});

Deno.test("with the scopes that are asked for the call works", () => {
  const policy = buildPolicy({
    required_scopes: ["read"],
    scope_rules: [{ method: "tools/call", name: "delete", scopes: ["write", "audit"] }],
    scope_hierarchy: { write: ["read"] },
  });
  for (
    const granted of [[], ["openid"], ["read"], ["audit", "read"], ["read", "offline_access"], ["write"]]
  ) {
    const { wanted } = decideScopes(granted, [buildCall("delete")], policy);

    assertEquals(decideScopes(wanted, [buildCall("delete")], policy).missing, [], granted.join());
  }
});

Deno.test("a challenge asks neither for offline_access nor for what a missing scope includes", () => {
  const policy = buildPolicy({
    scope_rules: [{ method: "tools/call", scopes: ["write"] }],
    scope_hierarchy: { write: ["read"] },
  });

  assertEquals(decideScopes(["openid", "offline_access", "read"], [buildCall("echo")], policy), {
    missing: ["write"],
    wanted: ["openid", "write"],
  });
});

const HIERARCHIES: [what: string, hierarchy: Record<string, string[]>, granted: string[], held: string[]][] =
  [
    ["nothing", {}, ["read"], ["read"]],
    ["one step", { write: ["read"] }, ["write"], ["read", "write"]],
    ["no way back", { write: ["read"] }, ["read"], ["read"]],
    ["several steps", { admin: ["write"], write: ["read"] }, ["admin"], ["admin", "read", "write"]],
    ["a circle", { a: ["b"], b: ["c"], c: ["a"] }, ["b"], ["a", "b", "c"]],
    ["itself", { a: ["a"] }, ["a"], ["a"]],
    ["what is not in it", { a: ["b"] }, ["c"], ["c"]],
  ];
for (const [what, hierarchy, granted, held] of HIERARCHIES) {
  Deno.test(`a hierarchy of ${what} is followed to its end`, () => {
    assertEquals([...includeScopes(granted, hierarchy)].sort(), held);
  });
}

Deno.test("a scope that is called like a member of every object includes nothing but what the row says", () => {
  for (const scope of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assertEquals([...includeScopes([scope], {})], [scope]);
  }
  const hierarchy = JSON.parse('{"__proto__": ["read"], "constructor": ["write"]}');
  assertEquals([...includeScopes(["__proto__", "constructor"], hierarchy)].sort(), [
    "__proto__",
    "constructor",
    "read",
    "write",
  ]);
  assertEquals([...includeScopes(["openid"], hierarchy)], ["openid"]);
});
