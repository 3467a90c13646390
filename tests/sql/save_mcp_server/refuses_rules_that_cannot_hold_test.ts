import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { makeTenant, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const RULE = { method: "tools/call", name: "delete_*", scopes: ["write"] };
const RULES = "scope_rules_name_methods_and_scopes";
const HIERARCHY = "scope_hierarchy_names_scopes";
const SUPPORTED = "scopes_supported_are_scopes";

/** Saves a server with two scopes of its own, changed; answers the outcome, or the rule that was broken. */
async function save(changes: Row): Promise<unknown> {
  const tenant = await makeTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");
  const answer = await call(sql, "save_mcp_server", {
    p_organization_id: tenant.organizationId,
    p_slug: newName("new"),
    p_name: "New server",
    p_custom_oauth_config_id: tenant.configId,
    p_upstream_url: "https://mcp.example.com/mcp",
    p_scopes_supported: ["openid", "read", "write"],
    ...changes,
  });
  await sql.end();
  return answer.reason ?? answer.outcome;
}

const shapes: [what: string, rules: unknown, answer: string][] = [
  ["a rule", [RULE], "created"],
  ["a rule for all names", [{ method: "tools/*", scopes: ["write", "read"] }], "created"],
  ["no rule", [], "created"],
  ["an object instead of a list", RULE, RULES],
  ["a text instead of a list", "tools/call", RULES],
  ["a text instead of a rule", ["tools/call"], RULES],
  ["a list instead of a rule", [[RULE]], RULES],
  ["null instead of a rule", [null], RULES],
  ["a number instead of a rule", [1], RULES],
  ["a rule without method", [{ name: "x", scopes: ["write"] }], RULES],
  ["a rule whose method is a list", [{ ...RULE, method: ["tools/call"] }], RULES],
  ["a rule whose method is null", [{ ...RULE, method: null }], RULES],
  ["a rule whose method is empty", [{ ...RULE, method: "" }], RULES],
  ["a rule whose method holds a space", [{ ...RULE, method: "tools/call " }], RULES],
  ["a rule whose name is null", [{ ...RULE, name: null }], RULES],
  ["a rule whose name is empty", [{ ...RULE, name: "" }], RULES],
  ["a rule whose name is a list", [{ ...RULE, name: ["a", "b"] }], RULES],
  ["a rule without scopes", [{ method: "tools/call" }], RULES],
  ["a rule that demands nothing", [{ ...RULE, scopes: [] }], RULES],
  ["a rule whose scopes are a text", [{ ...RULE, scopes: "write" }], RULES],
  ["a rule whose scope is a number", [{ ...RULE, scopes: [1] }], RULES],
  ["a rule whose scope holds a space", [{ ...RULE, scopes: ["read write"] }], RULES],
  ["a rule whose scope is empty", [{ ...RULE, scopes: [""] }], RULES],
  ["a misspelled member", [{ ...RULE, names: ["x"] }], RULES],
  ["a good rule before a bad one", [RULE, {}], RULES],
  [
    "a scope that is not supported",
    [RULE, { ...RULE, scopes: ["read", "admin"] }],
    "scope_rules_stay_within_scopes_supported",
  ],
  ["more than anybody reads", [{ ...RULE, name: "x".repeat(20_000) }], "scope_rules_and_hierarchy_are_short"],
];
for (const [what, p_scope_rules, answer] of shapes) {
  Deno.test(`scope_rules with ${what} are answered ${answer}`, async () => {
    assertEquals(await save({ p_scope_rules }), answer);
  });
}

const hierarchies: [what: string, hierarchy: unknown, answer: string][] = [
  ["a scope that includes others", { write: ["read"], admin: ["write", "read"] }, "created"],
  ["a circle", { read: ["write"], write: ["read"] }, "created"],
  ["nothing", {}, "created"],
  ["a list instead of an object", [["write", "read"]], HIERARCHY],
  ["a text instead of a list", { write: "read" }, HIERARCHY],
  ["an object instead of a list", { write: { read: true } }, HIERARCHY],
  ["null instead of a list", { write: null }, HIERARCHY],
  ["a scope that is no text", { write: [1] }, HIERARCHY],
  ["a scope that holds a quotation mark", { write: ['re"ad'] }, HIERARCHY],
  ["a key that is empty", { "": ["read"] }, HIERARCHY],
  ["a key that holds a space", { "write all": ["read"] }, HIERARCHY],
];
for (const [what, p_scope_hierarchy, answer] of hierarchies) {
  Deno.test(`a scope_hierarchy with ${what} is answered ${answer}`, async () => {
    assertEquals(await save({ p_scope_hierarchy }), answer);
  });
}

const scopes: [what: string, changes: Row, answer: string][] = [
  ["a supported scope with a space", { p_scopes_supported: ["read write"] }, SUPPORTED],
  ["a supported scope with a line break", { p_scopes_supported: ["read\r\nX: y"] }, SUPPORTED],
  ["a supported scope with a quotation mark", { p_scopes_supported: ['"'] }, SUPPORTED],
  ["a supported scope that is null", { p_scopes_supported: ["read", null] }, SUPPORTED],
  ["a required scope that is supported", { p_required_scopes: ["read"] }, "created"],
  [
    "a required scope that is not supported",
    { p_required_scopes: ["admin"] },
    "required_scopes_are_supported",
  ],
  [
    "a required scope that only a hierarchy reaches",
    { p_required_scopes: ["admin"], p_scope_hierarchy: { write: ["admin"] } },
    "required_scopes_are_supported",
  ],
  [
    "rules and no gateway",
    { p_upstream_url: "", p_resource: "https://mcp.example.com/mcp", p_scope_rules: [RULE] },
    "scope_rules_need_a_sign_in_at_the_gateway",
  ],
  [
    "rules and no sign-in",
    { p_auth_type: "none", p_custom_oauth_config_id: "", p_scope_rules: [RULE] },
    "scope_rules_need_a_sign_in_at_the_gateway",
  ],
  [
    "required scopes and no sign-in",
    { p_auth_type: "none", p_custom_oauth_config_id: "", p_required_scopes: ["read"] },
    "required_scopes_need_a_sign_in",
  ],
];
for (const [what, changes, answer] of scopes) {
  Deno.test(`a server with ${what} is answered ${answer}`, async () => {
    assertEquals(await save(changes), answer);
  });
}

Deno.test("a rule keeps its scopes supported, its server signed in and behind the gateway", async () => {
  const tenant = await makeTenant(database, {
    server: { scopes_supported: ["openid", "write"], scope_rules: [RULE] },
  });
  const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");
  const change = async (changes: Row): Promise<unknown> => {
    const answer = await call(sql, "save_mcp_server", { p_id: tenant.serverId, ...changes });
    return answer.reason ?? answer.outcome;
  };

  const refused = [
    await change({ p_scopes_supported: ["openid"] }),
    await change({ p_auth_type: "none" }),
    await change({ p_upstream_url: "", p_resource: "https://mcp.example.com/mcp" }),
  ];
  const [kept] = await owner`select scope_rules from public.mcp_servers where id = ${tenant.serverId}`;
  const letGo = await change({ p_scopes_supported: ["openid"], p_scope_rules: [] });

  assertEquals(refused, [
    "scope_rules_stay_within_scopes_supported",
    "scope_rules_need_a_sign_in_at_the_gateway",
    "scope_rules_need_a_sign_in_at_the_gateway",
  ]);
  assertEquals([kept?.scope_rules, letGo], [[RULE], "saved"]);
});
