import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { makeTenant, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner, service } = database;
Deno.test.afterAll(() => database.close());

Deno.test("while slugs are reserved an organization takes its own, and no other", async () => {
  const [tenant, other] = [await makeTenant(database), await makeTenant(database)];
  const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");
  const [reserved, foreign] = [newName("reserved"), newName("foreign")];
  await owner`
    insert into public.retired_server_names (name, organization_id)
    values (${reserved}, ${tenant.organizationId}), (${foreign}, ${other.organizationId})`;
  const save = async (args: Row): Promise<unknown> =>
    (await call(sql, "save_mcp_server", { p_id: tenant.serverId, ...args })).outcome;
  const make = (p_slug: string): Promise<unknown> =>
    save({
      p_id: null,
      p_organization_id: tenant.organizationId,
      p_slug,
      p_name: "New",
      p_custom_oauth_config_id: tenant.configId,
      p_upstream_url: "https://mcp.example.com/mcp",
    });
  await call(service, "save_deployment_settings", { p_server_slugs: "reserved" });

  const outcomes = {
    invented: await make(newName("invented")),
    foreign: await make(foreign),
    reserved: await make(reserved),
    unchanged: await save({ p_name: "Renamed", p_slug: tenant.slug }),
    renamed: await save({ p_slug: newName("invented") }),
    withResource: await save({ p_upstream_url: "", p_resource: `https://${newName("mcp")}.example.com/mcp` }),
  };
  await call(service, "save_deployment_settings", { p_server_slugs: "open" });

  assertEquals(outcomes, {
    invented: "slug_taken",
    foreign: "slug_taken",
    reserved: "created",
    unchanged: "saved",
    renamed: "slug_taken",
    withResource: "saved",
  });
  assertEquals(await make(newName("invented")), "created");
});

Deno.test("slugs are open or reserved", async () => {
  assertEquals(
    await findSqlState(() => call(service, "save_deployment_settings", { p_server_slugs: "closed" })),
    "23514",
  );
});
