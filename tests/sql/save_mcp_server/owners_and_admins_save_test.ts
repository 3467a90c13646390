import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform, type Platform } from "../../support/database/platform.ts";
import { makeConfig, makeTenant, newHash, newName, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

interface Given {
  mine: Tenant;
  theirs: Tenant;
  platform: Platform;
  /** Arguments that make a server. */
  making: Row;
}

async function givenTenants(): Promise<Given> {
  const [mine, theirs] = [await makeTenant(database), await makeTenant(database)];
  return {
    mine,
    theirs,
    platform: await makePlatform(database, mine.organizationId, theirs.organizationId),
    making: {
      p_organization_id: mine.organizationId,
      p_slug: newName("new"),
      p_name: "New server",
      p_custom_oauth_config_id: mine.configId,
      p_upstream_url: "https://mcp.example.com/mcp",
    },
  };
}

async function readServer(id: unknown): Promise<Row> {
  const [server] = await owner`select * from public.mcp_servers where id = ${String(id)}`;
  return { ...server };
}

Deno.test("owners and admins make and change servers of their organization, nobody else does", async () => {
  const { mine, platform, making } = await givenTenants();

  const outcomes: Record<string, unknown> = {};
  for (const who of ["owner", "admin", "member", "stranger"] as const) {
    const { sql } = platform[who];
    outcomes[who] = [
      (await call(sql, "save_mcp_server", { ...making, p_slug: newName("new") })).outcome,
      (await call(sql, "save_mcp_server", { p_id: mine.serverId, p_name: `By ${who}` })).outcome,
    ];
  }

  assertEquals(outcomes, {
    owner: ["created", "saved"],
    admin: ["created", "saved"],
    member: ["forbidden", "forbidden"],
    stranger: ["unknown_organization", "unknown_server"],
  });
  assertEquals((await readServer(mine.serverId)).name, "By admin");
});

Deno.test("a new server takes every setting", async () => {
  const { mine, platform, making } = await givenTenants();
  const p_initial_access_token_hash = newHash();

  const created = await call(platform.owner.sql, "save_mcp_server", {
    ...making,
    p_upstream_authorization: "none",
    p_scopes_supported: ["openid", "read", "write"],
    p_required_scopes: ["openid"],
    p_scope_rules: [{ method: "tools/call", name: "delete_*", scopes: ["write"] }],
    p_scope_hierarchy: { write: ["read"] },
    p_scope_descriptions: { write: "Change your files" },
    p_access_token_seconds: 300,
    p_refresh_token_seconds: 600,
    p_registration_policy: "token",
    p_initial_access_token_hash,
    p_registration_redirect_hosts: ["client.example.com"],
    p_metadata_document_policy: "off",
    p_metadata_document_hosts: [],
    p_record_payloads: "arguments",
    p_redacted_paths: ["$.user.email", "$.rows[*].name", "$..secret"],
  });

  const { id, created_at: _created, updated_at: _updated, ...server } = await readServer(created.id);
  assertEquals(id, created.id);
  assertEquals(server, {
    organization_id: mine.organizationId,
    slug: making.p_slug,
    name: "New server",
    auth_type: "custom_oauth",
    custom_oauth_config_id: mine.configId,
    config_owner_id: mine.organizationId,
    upstream_url: "https://mcp.example.com/mcp",
    upstream_authorization: "none",
    resource: null,
    scopes_supported: ["openid", "read", "write"],
    required_scopes: ["openid"],
    scope_rules: [{ method: "tools/call", name: "delete_*", scopes: ["write"] }],
    scope_hierarchy: { write: ["read"] },
    scope_descriptions: { write: "Change your files" },
    access_token_seconds: 300,
    refresh_token_seconds: 600,
    registration_policy: "token",
    registration_redirect_hosts: ["client.example.com"],
    initial_access_token_hash: p_initial_access_token_hash,
    metadata_document_policy: "off",
    metadata_document_hosts: [],
    record_payloads: "arguments",
    redacted_paths: ["$.user.email", "$.rows[*].name", "$..secret"],
    disabled_at: null,
  });
});

Deno.test("a server takes its organization's config or the platform's, as its auth_type says, and no other", async () => {
  const { mine, theirs, platform, making } = await givenTenants();
  const platformConfig = await makeConfig(owner, null);

  const outcomes: Record<string, unknown> = {};
  for (
    const [auth_type, configs] of Object.entries({
      custom_oauth: {
        own: mine.configId,
        foreign: theirs.configId,
        platform: platformConfig,
        nobodys: "coac_x",
        none: "",
      },
      platform_oauth: { own: mine.configId, foreign: theirs.configId, platform: platformConfig, none: "" },
      none: { own: mine.configId, none: "" },
    })
  ) {
    for (const [whose, p_custom_oauth_config_id] of Object.entries(configs)) {
      const saved = await call(platform.owner.sql, "save_mcp_server", {
        ...making,
        p_slug: newName("new"),
        p_auth_type: auth_type,
        p_custom_oauth_config_id,
      });
      outcomes[`${auth_type} with ${whose}`] = saved.reason ?? saved.outcome;
    }
  }

  assertEquals(outcomes, {
    "custom_oauth with own": "created",
    "custom_oauth with foreign": "unknown_config",
    "custom_oauth with platform": "unknown_config",
    "custom_oauth with nobodys": "unknown_config",
    "custom_oauth with none": "mcp_server_signs_in_with_a_config",
    "platform_oauth with own": "unknown_config",
    "platform_oauth with foreign": "unknown_config",
    "platform_oauth with platform": "created",
    "platform_oauth with none": "mcp_server_signs_in_with_a_config",
    "none with own": "mcp_server_signs_in_with_a_config",
    "none with none": "created",
  });
});

Deno.test("no change of type or config leads to another organization's config, past the functions either", async () => {
  const { mine, theirs, platform } = await givenTenants();
  const platformConfig = await makeConfig(owner, null);

  const foreign = await call(platform.owner.sql, "save_mcp_server", {
    p_id: mine.serverId,
    p_custom_oauth_config_id: theirs.configId,
  });
  const type = await call(platform.owner.sql, "save_mcp_server", {
    p_id: mine.serverId,
    p_auth_type: "platform_oauth",
  });
  const direct = await findSqlState(() =>
    owner`update public.mcp_servers set custom_oauth_config_id = ${theirs.configId} where id = ${mine.serverId}`
  );
  const both = await call(platform.owner.sql, "save_mcp_server", {
    p_id: mine.serverId,
    p_auth_type: "platform_oauth",
    p_custom_oauth_config_id: platformConfig,
  });

  assertEquals([foreign.outcome, type.outcome, direct, both.outcome], [
    "unknown_config",
    "unknown_config",
    "23503",
    "saved",
  ]);
});

Deno.test("null leaves a setting, an empty text clears one, and what hangs together is cleared together", async () => {
  const { mine, platform } = await givenTenants();
  const save = (changes: Row): Promise<Row> =>
    call(platform.owner.sql, "save_mcp_server", { p_id: mine.serverId, ...changes });

  await save({ p_registration_policy: "token", p_initial_access_token_hash: newHash() });
  await save({ p_upstream_url: "", p_resource: "https://mcp.example.com/mcp", p_disabled: true });
  const elsewhere = await readServer(mine.serverId);
  await save({ p_registration_policy: "open", p_auth_type: "none", p_disabled: false });
  const open = await readServer(mine.serverId);

  assertEquals(
    [
      elsewhere.upstream_url,
      elsewhere.resource,
      elsewhere.registration_policy,
      elsewhere.disabled_at instanceof Date,
    ],
    [null, "https://mcp.example.com/mcp", "token", true],
  );
  assertEquals([open.custom_oauth_config_id, open.initial_access_token_hash, open.disabled_at], [
    null,
    null,
    null,
  ]);
});

Deno.test("what breaks a rule is refused with the rule's name, and nothing is written", async () => {
  const { theirs, platform, making } = await givenTenants();

  const answers = [];
  for (
    const changes of [
      { p_slug: theirs.slug },
      { p_slug: "Not a label" },
      { p_slug: null },
      { p_name: "" },
      { p_upstream_url: "ftp://mcp.example.com" },
      { p_upstream_url: "", p_resource: "ftp://mcp.example.com" },
      { p_registration_redirect_hosts: ["client.example.com", null] },
      { p_metadata_document_hosts: [null] },
      { p_resource: "https://mcp.example.com/" },
      { p_upstream_url: "", p_resource: "https://mcp.example.com/" },
      { p_access_token_seconds: 1 },
      { p_refresh_token_seconds: 1 },
      { p_registration_policy: "token" },
      { p_metadata_document_policy: "sometimes" },
    ]
  ) {
    const refused = await call(platform.owner.sql, "save_mcp_server", { ...making, ...changes });
    assertEquals(refused.id, null);
    answers.push(refused.reason ?? refused.outcome);
  }

  assertEquals(answers, [
    "slug_taken",
    "mcp_server_slug_is_a_dns_label",
    "slug_is_missing",
    "mcp_server_name_is_readable",
    "mcp_server_upstream_url_is_a_web_url",
    "mcp_server_resource_is_a_web_url",
    "registration_redirect_hosts_are_texts",
    "metadata_document_hosts_are_texts",
    "mcp_server_is_forwarded_or_stands_alone",
    "mcp_server_resource_is_in_normal_form",
    "access_token_lifetime_is_sane",
    "refresh_token_lifetime_is_sane",
    "registration_token_stands_with_its_policy",
    "metadata_document_policy_is_known",
  ]);
  const servers = await owner`select 1 from public.mcp_servers where slug = ${String(making.p_slug)}`;
  assertEquals(servers.length, 0);
});

Deno.test("who saved what is in the audit, and a server without organization is raised", async () => {
  const { mine, platform } = await givenTenants();
  await call(platform.admin.sql, "save_mcp_server", { p_id: mine.serverId, p_name: "Renamed" });

  const events = await owner`
    select event, platform_user_id, mcp_server_id from public.mcp_audit_events
    where organization_id = ${mine.organizationId}`;
  assertEquals(events.map((event) => ({ ...event })), [
    { event: "server_saved", platform_user_id: platform.admin.id, mcp_server_id: mine.serverId },
  ]);
  assertEquals(
    await findSqlState(() => call(platform.admin.sql, "save_mcp_server", { p_name: "x" })),
    "22004",
  );
});
