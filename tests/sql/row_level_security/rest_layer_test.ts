/**
 * What a platform user of one organization reaches of another through supabase-js: nothing.
 */

import { assertEquals } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { makeFullTenant } from "../../support/database/full_tenant.ts";
import { listReadableTables } from "../../support/database/readable.ts";
import { openRest } from "../../support/database/rest.ts";
import { buildLogin, issueFamily } from "../../support/database/rows.ts";

const database = await openDatabase();
const rest = await openRest(database);
Deno.test.afterAll(async () => {
  await rest.close();
  await database.close();
});

/** Each readable table with the columns that members may select. */
const readable = (await listReadableTables(database.owner)).map(({ name, key, columns, isView }) => ({
  table: name,
  isView,
  owner: key,
  columns: columns.join(),
}));
const unreadable = ["mcp_authorization_codes", "retired_server_names"];

const [mine, theirs] = [await makeFullTenant(database), await makeFullTenant(database)];
const platform = await makePlatform(database, mine.organizationId, theirs.organizationId);
const member = rest.openClient(platform.member.id);
const owner = rest.openClient(platform.owner.id);
const anonymous = rest.openClient();

for (const { table, owner: column, columns, isView } of readable) {
  Deno.test(`supabase-js reads ${table} of one's own organization and of no other`, async () => {
    const all = await member.from(table).select(columns);
    const asked = await member.from(table).select(columns).eq(column, theirs.organizationId);
    const either = await member.from(table).select(columns)
      .or(`${column}.eq.${theirs.organizationId},${column}.neq.nobody`);

    const owners = (rows: unknown): unknown[] => [
      ...new Set((rows as Record<string, unknown>[]).map((row) => row[column])),
    ];
    assertEquals([all.error, owners(all.data)], [null, [mine.organizationId]]);
    assertEquals(asked.data, []);
    assertEquals(owners(either.data), [mine.organizationId]);
  });

  Deno.test(`supabase-js writes nothing to ${table}`, async () => {
    const codes = [];
    const row: Record<string, string> = { [column]: mine.organizationId };
    for (const client of [owner, anonymous, rest.service]) {
      for (
        const { error } of [
          await client.from(table).insert(row as never),
          await client.from(table).update(row as never).eq(column, mine.organizationId),
          await client.from(table).delete().eq(column, mine.organizationId),
        ]
      ) {
        codes.push(error?.code);
      }
    }
    // A view of several tables refuses a change before it asks for a right.
    const refusals = isView ? ["42501", "55000"] : ["42501"];
    assertEquals([codes.length, codes.filter((code) => !refusals.includes(String(code)))], [9, []]);
  });
}

for (const { table } of readable.filter(({ isView }) => isView)) {
  Deno.test(`supabase-js reads ${table} with select("*"), to members and to nobody else`, async () => {
    const { data, error } = await member.from(table).select("*");
    const refused = [await anonymous.from(table).select("*"), await rest.service.from(table).select("*")];

    assertEquals([error, data!.length > 0], [null, true]);
    assertEquals(refused.map((answer) => answer.error?.code), ["42501", "42501"]);
  });
}

Deno.test("embedded selects lead out of no organization", async () => {
  const { data, error } = await member.from("organizations")
    .select("id, mcp_servers(id, organization_id), mcp_server_user(id, organization_id)");

  assertEquals(error, null);
  assertEquals(data?.map(({ id }) => id), [mine.organizationId]);
  assertEquals(
    new Set(data?.flatMap(({ mcp_servers }) => mcp_servers.map((row) => row.organization_id))),
    new Set([mine.organizationId]),
  );
  assertEquals(
    new Set(data?.flatMap(({ mcp_server_user }) => mcp_server_user.map((row) => row.organization_id))),
    new Set([mine.organizationId]),
  );
});

Deno.test("secret columns are refused, selected, embedded, filtered or sorted by", async () => {
  const codes = [];
  for (
    const { error } of [
      await owner.from("custom_oauth_configs").select("*"),
      await owner.from("custom_oauth_configs").select("client_secret_ciphertext"),
      await owner.from("custom_oauth_configs").select("id").eq("client_secret_ciphertext", "x"),
      await owner.from("custom_oauth_configs").select("id").order("client_secret_ciphertext"),
      await owner.from("mcp_servers").select("initial_access_token_hash"),
      await owner.from("mcp_proxy_tokens").select("refresh_hash"),
      await owner.from("mcp_resource_servers").select("secret_hash"),
      await owner.from("organizations").select("id, custom_oauth_configs(client_secret_ciphertext)"),
    ]
  ) {
    codes.push(error?.code);
  }
  assertEquals(codes, Array(8).fill("42501"));
});

Deno.test("tables without a policy are closed to everybody, the functions' key included", async () => {
  const codes = [];
  for (const client of [owner, anonymous, rest.service]) {
    const closed = client === owner ? [] : readable;
    for (
      const [table, column] of [
        ...unreadable.map((table) => [table, "organization_id"] as const),
        ...closed.map(({ table, owner }) => [table, owner] as const),
      ]
    ) {
      codes.push((await client.from(table).select(column).limit(1)).error?.code);
    }
  }
  assertEquals(new Set(codes), new Set(["42501"]));
});

Deno.test("the functions' calls are closed to platform users and to everybody", async () => {
  const codes = [];
  for (const client of [owner, anonymous]) {
    for (
      const [name, args] of [
        ["provision_mcp_server_user", buildLogin(mine)],
        ["find_mcp_server", { p_slug: mine.slug }],
        ["track_mcp_server_user", { p_organization_id: mine.organizationId, p_tracking_id: "visitor" }],
        ["purge_expired", { p_limit: 1 }],
      ] as const
    ) {
      codes.push((await client.rpc(name, args)).error?.code);
    }
  }
  codes.push((await anonymous.rpc("create_organization", { p_name: "Nobody's" })).error?.code);
  codes.push((await rest.service.rpc("create_organization", { p_name: "Nobody's" })).error?.code);

  assertEquals(new Set(codes), new Set(["42501"]));
});

Deno.test("an organization is set up and run through supabase-js alone", async () => {
  const { id } = (await makePlatform(database, mine.organizationId, theirs.organizationId)).stranger;
  const client = rest.openClient(id);

  const organization = await client.rpc("create_organization", { p_name: "Newcomer" });
  const config = await client.rpc("save_oauth_config", {
    p_organization_id: organization.data.id,
    p_name: "Provider",
    p_issuer: "https://login.example.com",
    p_client_id: "gatepost",
    p_token_endpoint_auth_method: "none",
  });
  const server = await client.rpc("save_mcp_server", {
    p_organization_id: organization.data.id,
    p_slug: "newcomer",
    p_name: "Server",
    p_custom_oauth_config_id: config.data.id,
    p_upstream_url: "https://mcp.example.com/mcp",
  });
  const found = await rest.service.rpc("find_mcp_server", { p_slug: "newcomer" });

  assertEquals(
    [organization.data.outcome, config.data.outcome, server.data.outcome, found.data.server.name],
    [
      "created",
      "created",
      "created",
      "Server",
    ],
  );
});

Deno.test("no call of a platform user changes anything of another organization", async () => {
  const { userId } = await issueFamily(database, theirs);
  const outcomes = [];
  for (
    const [name, args] of [
      ["save_mcp_server", { p_id: theirs.serverId, p_name: "Taken" }],
      ["save_mcp_server", { p_organization_id: theirs.organizationId, p_slug: "taken", p_name: "Taken" }],
      ["delete_mcp_server", { p_id: theirs.serverId }],
      ["save_oauth_config", { p_id: theirs.configId, p_name: "Taken" }],
      ["delete_oauth_config", { p_id: theirs.configId }],
      ["block_mcp_server_user", { p_mcp_server_user_id: userId, p_blocked: true }],
      ["revoke_mcp_server_user_tokens", { p_mcp_server_user_id: userId }],
      ["delete_mcp_server_user", { p_mcp_server_user_id: userId }],
      ["create_mcp_resource_server", { p_mcp_server_id: theirs.serverId, p_name: "Taken" }],
      ["save_organization_member", {
        p_organization_id: theirs.organizationId,
        p_user_id: platform.owner.id,
        p_role: "owner",
      }],
      ["remove_organization_member", {
        p_organization_id: theirs.organizationId,
        p_user_id: platform.stranger.id,
      }],
    ] as const
  ) {
    const { data, error } = await owner.rpc(name, args);
    outcomes.push(error?.code ?? data.outcome);
  }

  assertEquals(outcomes, [
    "unknown_server",
    "unknown_organization",
    "unknown_server",
    "unknown_config",
    "unknown_config",
    "unknown_user",
    "unknown_user",
    "unknown_user",
    "unknown_server",
    "unknown_organization",
    "unknown_organization",
  ]);
});
