import { assertEquals, assertMatch } from "@std/assert";
import { call, findSqlState, openDatabase } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { issueFamily, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

Deno.test("the secret that is answered introspects, and only its SHA-256 is stored", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const { familyId } = await issueFamily(database, tenant);

  const created = await call(platform.admin.sql, "create_mcp_resource_server", {
    p_mcp_server_id: tenant.serverId,
    p_name: "Weather",
  });

  assertEquals([created.outcome, created.reason], ["created", null]);
  assertMatch(String(created.secret), /^[A-Za-z0-9_-]{43}$/);
  const introspected = await call(service, "introspect_token", {
    p_slug: tenant.slug,
    p_resource_server_id: created.id,
    p_secret_hash: await sha256(String(created.secret)),
    p_family_id: familyId,
    p_handle_hash: null,
    p_refresh_hash: null,
  });
  assertEquals(introspected.outcome, "active");
  const [row] = await owner`select to_jsonb(resource_server)::text as text
    from public.mcp_resource_servers as resource_server where id = ${String(created.id)}`;
  assertEquals(String(row?.text).includes(String(created.secret)), false);
});

Deno.test("members and strangers make and delete none; admins delete", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const args = { p_mcp_server_id: tenant.serverId, p_name: "Weather" };
  const { id: p_id } = await call(platform.owner.sql, "create_mcp_resource_server", args);

  const outcomes: Record<string, unknown> = {};
  for (const who of ["member", "stranger", "admin"] as const) {
    const { sql } = platform[who];
    outcomes[who] = [
      (await call(sql, "create_mcp_resource_server", args)).outcome,
      (await call(sql, "delete_mcp_resource_server", { p_id })).outcome,
    ];
  }

  assertEquals(outcomes, {
    member: ["forbidden", "forbidden"],
    stranger: ["unknown_server", "unknown_resource_server"],
    admin: ["created", "deleted"],
  });
});

Deno.test("a name that is none is refused with its rule, and nulls are raised", async () => {
  const tenant = await makeTenant(database);
  const { owner: user } = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const create = (p_name: string | null): Promise<unknown> =>
    call(user.sql, "create_mcp_resource_server", { p_mcp_server_id: tenant.serverId, p_name });

  assertEquals(await create(" "), {
    outcome: "invalid",
    id: null,
    secret: null,
    reason: "resource_server_name_is_readable",
    argument: "p_name",
    expected: "1 to 200 characters",
  });
  assertEquals(await findSqlState(() => create(null)), "22004");
  assertEquals(
    await findSqlState(() => call(user.sql, "delete_mcp_resource_server", { p_id: null })),
    "22004",
  );
});
