/**
 * What an owner reads when a setting is refused, and where a setting has to be named.
 *
 * The lists are read from the catalogue: whoever adds a column or a constraint
 * finds these tests failing until the setting can be saved and its rule is said.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { parseConfigChange } from "../../../functions/oauth-configs/config_change.ts";
import { call, openDatabase } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { makeTenant, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

/** The functions that save settings, and the table that each saves to. */
const SAVING: Record<string, string> = {
  save_oauth_config: "custom_oauth_configs",
  save_mcp_server: "mcp_servers",
};

/** Columns that are no settings, and disabled_at, which `p_disabled` sets. */
const OTHERS = [
  ...["id", "created_at", "updated_at", "disabled_at"],
  ...["client_generation", "client_refused_at", "client_refused_reason"],
];

interface Argument {
  name: string;
  type: string;
}

async function listTypes(name: string): Promise<Argument[]> {
  return await owner<Argument[]>`
    select argument as name, type::regtype::text as type
    from pg_catalog.pg_proc, unnest(proargnames, proargtypes::oid[]) as each (argument, type)
    where pronamespace = 'public'::regnamespace and proname = ${name}`;
}

async function listArguments(name: string): Promise<string[]> {
  return (await listTypes(name)).map((argument) => argument.name);
}

for (const [name, table] of Object.entries(SAVING)) {
  Deno.test(`${name} takes every setting that ${table} has, and no other`, async () => {
    const columns = await owner<{ attname: string }[]>`
      select attname from pg_catalog.pg_attribute
      where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;

    const settings = columns.map(({ attname }) => attname).filter((column) => !OTHERS.includes(column));

    assertEquals(
      (await listArguments(name)).sort(),
      ["p_id", "p_disabled", ...settings.map((column) => `p_${column}`)].sort(),
    );
  });

  Deno.test(`every setting of ${name} is documented`, async () => {
    const documentation = await Deno.readTextFile(new URL("../../../supabase/README.md", import.meta.url));
    const settings = (await listArguments(name)).filter((argument) => argument !== "p_id")
      .map((argument) => argument.replace("p_", "").replace("client_secret_ciphertext", "client_secret"));

    assertEquals(settings.filter((setting) => !documentation.includes(`\`${setting}\``)), []);
  });

  Deno.test(`every rule of ${table} names an argument of ${name} and what it has to be`, async () => {
    const names = await listArguments(name);
    const rules = await owner`
      select conname, obj_description(oid, 'pg_constraint') as rule from pg_catalog.pg_constraint
      where conrelid = ${`public.${table}`}::regclass and contype = 'c' and exists (
        select from pg_catalog.pg_attribute
        where attrelid = conrelid and attnum = any (conkey) and attname <> all (${OTHERS})
      )`;

    assertEquals(rules.length > 10, true);
    for (const { conname, rule } of rules) {
      const [column, ...expected] = String(rule).split(": ");
      assertEquals([conname, names.includes(`p_${column}`)], [conname, true]);
      assertEquals([conname, expected.length], [conname, 1]);
      assertMatch(expected[0]!, /^(?! ).+[^.]$/);
    }
  });
}

Deno.test("a constraint's name is its own, so that a refusal means one rule", async () => {
  const twins = await owner`
    select conname from pg_catalog.pg_constraint
    where connamespace = 'public'::regnamespace and contype = 'c' group by conname having count(*) > 1`;

  assertEquals([...twins], []);
});

Deno.test("POST /oauth-configs takes every argument of save_oauth_config, the secret in the clear", async () => {
  const values: Record<string, unknown> = {
    "text": "text",
    "text[]": ["text"],
    "jsonb": {},
    "boolean": true,
  };
  const taken = (await listTypes("save_oauth_config")).filter(({ name }) =>
    name !== "p_client_secret_ciphertext"
  );
  const members = taken.map(({ name, type }) => [name.replace("p_", ""), values[type]]);

  const { clientSecret, ...change } = parseConfigChange({
    ...Object.fromEntries(members),
    client_secret: "secret",
  });

  assertEquals([clientSecret, Object.keys(change).sort()], ["secret", taken.map(({ name }) => name).sort()]);
});

Deno.test("a refusal says the rule, the argument and what that has to be, and whether a value is missing", async () => {
  const tenant = await makeTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");
  const making = {
    p_organization_id: tenant.organizationId,
    p_slug: newName("new"),
    p_name: "New server",
    p_upstream_url: "https://mcp.example.com/mcp",
  };

  const broken = await call(sql, "save_mcp_server", {
    ...making,
    p_access_token_seconds: 1,
    p_auth_type: "none",
  });
  const missing = await call(sql, "save_mcp_server", { ...making, p_name: null, p_auth_type: "none" });

  const nowhere = await call(sql, "save_mcp_server", { ...making, p_upstream_url: "", p_auth_type: "none" });

  assertEquals([broken, missing, nowhere], [{
    outcome: "invalid",
    id: null,
    reason: "access_token_lifetime_is_sane",
    argument: "p_access_token_seconds",
    expected: "between 60 and 86400",
  }, {
    outcome: "invalid",
    id: null,
    reason: "name_is_missing",
    argument: "p_name",
    expected: "given",
  }, {
    outcome: "invalid",
    id: null,
    reason: "mcp_server_is_somewhere",
    argument: "p_upstream_url",
    expected: "the URL of the MCP server, unless resource is given",
  }]);
});
